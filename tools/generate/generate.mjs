// @ts-check
// `npm run generate -- <kind> <name>`: scaffolds a layer, an op, a package …: files that pass every check, and the lines that register them elsewhere.
import { parseArgs } from 'node:util';
import { node, root } from '../build/build.mjs';
import { folderTree, writeChanges } from './changes.mjs';
import { generate, generators } from './generators.mjs';

const usage = `npm run generate -- <kind> <name>

kinds    ${Object.keys(generators).join(', ')}
name     in kebab-case, such as gated-unit
--file   for an onnx-operator: the file of packages/onnx/src/operators to add it to, such as activation; default: a new file
--prove  generates one of each in a clone of the last commit, and runs all checks and tests there (takes minutes)`;

try {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { file: { type: 'string' }, help: { type: 'boolean', short: 'h' }, prove: { type: 'boolean' } },
  });
  const [kind, name, ...more] = positionals;
  if (values.help) console.log(usage);
  else if (values.prove) await import('./prove.mjs').then(({ prove }) => prove());
  else if (kind === undefined || name === undefined || more.length)
    throw new Error(`Give a kind and a name.\n\n${usage}`);
  else {
    // A plugin's files come from this app. Nothing else is built, because dependencies of generated packages may not be installed yet.
    if (kind === 'plugin') node(`${root}node_modules/typescript/bin/tsc`, '-b', 'apps/create-graft-plugin');
    const tree = folderTree(root);
    const { changes, next } = await generate(kind, name, tree, { file: values.file });
    const lines = Object.keys(changes).map(
      (path) => `${tree.read(path) === undefined ? 'new      ' : 'changed  '}${path}`,
    );
    writeChanges(root, changes);
    console.log(
      [...lines, '', 'Next:', ...next.map((line) => `* ${line}`), '* npm run api, npm test, npm run check'].join('\n'),
    );
  }
} catch (error) {
  console.error(/** @type {Error} */ (error).message);
  process.exitCode = 1;
}
