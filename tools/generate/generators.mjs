// @ts-check
import { callback } from './callback.mjs';
import { format } from 'oxfmt';
import { changesOf, namesOf } from './changes.mjs';
import { layer } from './layer.mjs';
import { model } from './model.mjs';
import { onnxOperator } from './onnx-operator.mjs';
import { op } from './op.mjs';
import { optimizer } from './optimizer.mjs';
import { packageOf } from './package.mjs';
import { plugin } from './plugin.mjs';
import { transform } from './transform.mjs';

/**
 * What can be generated, by kind.
 * @type {Readonly<Record<string, (names: import('./changes.mjs').Names, tree: import('./changes.mjs').Tree, options: { file?: string | undefined }) => import('./changes.mjs').Plan | Promise<import('./changes.mjs').Plan>>>}
 */
export const generators = {
  plugin,
  package: packageOf,
  layer,
  op,
  optimizer,
  transform,
  callback,
  'onnx-operator': onnxOperator,
  model,
};

/**
 * Plans what a generator writes and the remaining steps, without writing anything.
 * @param {string} kind @param {string} name in kebab-case @param {import('./changes.mjs').Tree} tree
 * @param {{ file?: string | undefined }} [options]
 * @returns {Promise<{ changes: Record<string, string>, next: string[] }>}
 * @throws if the kind does not exist, or the name is taken
 */
export async function generate(kind, name, tree, options = {}) {
  const generator = Object.hasOwn(generators, kind) ? generators[kind] : undefined;
  if (!generator) throw new Error(`There is no generator "${kind}". Available: ${Object.keys(generators).join(', ')}.`);
  if (options.file !== undefined && kind !== 'onnx-operator')
    throw new Error(`--file is only for an onnx-operator, not for a ${kind}.`);
  const plan = await generator(namesOf(name), tree, options);
  return { changes: await formatted(changesOf(plan, `${kind} "${name}"`, tree), tree), next: plan.next };
}

/** Formats files in the style of the repository. @param {Record<string, string>} changes @param {import('./changes.mjs').Tree} tree */
async function formatted(changes, tree) {
  const { $schema: _, ignorePatterns: __, ...options } = JSON.parse(tree.read('.oxfmtrc.json') ?? '{}');
  /** @type {Record<string, string>} */
  const done = {};
  for (const [path, content] of Object.entries(changes))
    done[path] = /\.(ts|mjs|json|md)$/.test(path) ? (await format(path, content, options)).code : content;
  return done;
}
