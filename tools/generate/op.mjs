// @ts-check
import { listsOf } from './changes.mjs';
import { among, before } from './edits.mjs';

const tensor = 'packages/tensor/src';

/**
 * An op of `@graft/tensor`.
 * @param {import('./changes.mjs').Names} names @param {import('./changes.mjs').Tree} tree
 * @returns {import('./changes.mjs').Plan}
 * @throws if another file has an op of that name
 */
export function op({ kebab, camel, pascal }, tree) {
  // The list of ops names files, not what is in them.
  const other = tree
    .children(`${tensor}/ops`)
    .find(
      (file) =>
        file !== `${kebab}.ts` &&
        new RegExp(`^export (?:const|function|interface|type) (?:${camel}|${pascal})\\b`, 'm').test(
          tree.read(`${tensor}/ops/${file}`) ?? '',
        ),
    );
  if (other)
    throw new Error(
      `There is no place for the op "${kebab}": packages/tensor/src/ops/${other} has one of that name. Choose another name.`,
    );
  return {
    files: {
      [`${tensor}/ops/${kebab}.ts`]: source(camel, pascal),
      [`${tensor}/ops/${kebab}.test.ts`]: test(kebab, camel),
    },
    edits: [
      among(`${tensor}/ops/index.ts`, /^export .* from '\.\/(.+)\.ts';$/gm, `export * from './${kebab}.ts';`),
      before(
        `${tensor}/testing/samples.ts`,
        /^\};\n(?![^]*^\};)/gm,
        `  ${camel}: [{ inputs: [{ shape: [2, 3] }] }, { inputs: [{ shape: [37] }] }],`,
      ),
    ],
    taken: { words: [camel, pascal], in: listsOf(tree, 'tensor') },
    next: [
      `write what it computes in ${tensor}/ops/${kebab}.ts: reference, decomposition and gradient are compared with one another and with finite differences`,
      `give it the inputs in ${tensor}/testing/samples.ts that matter: every backend runs them`,
      'a kernel of its own is one entry in a backend, and a benchmark; npm run changeset',
    ],
  };
}

const source = (/** @type {string} */ camel, /** @type {string} */ pascal) => `import { apply } from '../apply.ts';
import type { Op } from '../op.ts';
import type { Tensor } from '../tensor.ts';
import { sigmoid } from './activation.ts';
import { add, mul, sub } from './arithmetic.ts';
import { elements } from './elementwise.ts';

/** x · sigmoid(x), element by element. Say here what yours computes, of which shapes, and whose formula it is. */
export const ${pascal}: Op = {
  name: '${camel}',
  // Shape and dtype of the result; throws a sentence where the inputs do not fit.
  infer: ([x]) => ({ shape: x!.shape, dtype: x!.dtype }),
  // Its meaning in plain numbers.
  reference([x], _, out) {
    const [from, to] = [elements(x!), elements(out)];
    for (let i = 0; i < to.length; i++) to[i] = from[i]! / (1 + Math.exp(-from[i]!));
  },
  // Its meaning in other ops: what backends without a kernel run, and what is exported.
  decompose: ([x]) => mul(x!, sigmoid(x!)),
  // One rule an input, made of ops, so it can be differentiated again; \`uses\` says what is held for them.
  gradient: { uses: [0], rules: [(g, { inputs: [x] }) => { const s = sigmoid(x!); return mul(g, mul(s, add(mul(x!, sub(1, s)), 1))); }] },
};
/** x · sigmoid(x), of any shape. */
export const ${camel} = (x: Tensor): Tensor => apply(${pascal}, [x], undefined);
`;

const test = (/** @type {string} */ kebab, /** @type {string} */ camel) => `import { test } from 'vitest';
import { tensor } from '../create.ts';
import { expectClose } from '../testing/index.ts';
import { ${camel} } from './${kebab}.ts';

test('its values', () => expectClose(${camel}(tensor([-1, 0, 1])).numbers(), [-0.26894142, 0, 0.73105858], 1e-6));
`;
