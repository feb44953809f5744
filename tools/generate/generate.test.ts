import { readFileSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseSync } from 'vite';
import { describe, expect, test } from 'vitest';
import * as nx from '../nx-plugin/generators.mjs';
import { folderTree, type Tree } from './changes.mjs';
import { among, inList } from './edits.mjs';
import { generate, generators } from './generators.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const repository = folderTree(root);
const kinds = Object.keys(generators);
// "made-up" is what is generated here: a name that nothing is likely to have.

/** The repository with some files changed, in memory. */
const changed = (changes: Readonly<Record<string, string>>): Tree => ({
  read: (path) => changes[path] ?? repository.read(path),
  children: (folder) => [
    ...repository.children(folder),
    ...Object.keys(changes).flatMap((path) => (dirname(path) === folder ? [basename(path)] : [])),
  ],
});

/** Whether a text is another with something put in: nothing is gone or in another order. */
function grewFrom(text: string, before: string): boolean {
  let at = 0;
  for (const letter of text) if (letter === before[at]) at++;
  return at === before.length;
}

describe.each([...kinds.map((kind) => ({ kind, file: undefined })), { kind: 'onnx-operator', file: 'activation' }])(
  '$kind $file',
  ({ kind, file }) => {
    test('what it writes parses, and takes nothing away', async () => {
      const { changes, next } = await generate(kind, 'made-up', repository, { file });
      expect(next.length).toBeGreaterThan(0);
      for (const [path, content] of Object.entries(changes)) {
        expect(content, `${path}`).toMatch(/[^\n]\n$/);
        if (/\.m?[jt]s$/.test(path)) expect(parseSync(path, content).errors, `${path}`).toEqual([]);
        if (path.endsWith('.json')) expect(() => JSON.parse(content), `${path}`).not.toThrow();
        expect(content).toMatch(path.endsWith('tsconfig.json') ? /"references"/ : /made.?up|shifted/i);
        // A table's cells are padded to the longest one.
        const plain = (text: string): string => (path.endsWith('.md') ? text.replace(/ +/g, ' ') : text);
        expect(grewFrom(plain(content), plain(repository.read(path) ?? '')), `grew: ${path}`).toBe(true);
      }
    });
    test('a second time it is refused', async () => {
      const { changes } = await generate(kind, 'made-up', repository, { file });
      await expect(generate(kind, 'made-up', changed(changes), { file })).rejects.toThrow(
        /^Cannot create the [a-z-]+ "made-up": \S+ already exists\. Choose another name\.$/,
      );
    });
  },
);

// Where a line and the ones around it capture a name, the three are in order.
test.each<[kind: string, path: string, before: RegExp, own: RegExp, after: RegExp]>([
  [
    'layer',
    'packages/layers/src/index.ts',
    /'\.\/layers\/(.+)\.ts'/,
    /^export \{ MadeUp, type MadeUpOptions \} from '\.\/layers\/(made-up)\.ts';$/,
    /^export \{/,
  ],
  [
    'layer',
    'packages/layers/src/plugin.ts',
    /'\.\/layers\/(.+)\.ts'/,
    /^import \{ MadeUp, type MadeUpOptions \} from '\.\/layers\/(made-up)\.ts';$/,
    /'\.\/layers\/(.+)\.ts'/,
  ],
  [
    'layer',
    'packages/layers/src/plugin.ts',
    /^ {4}layer\(/,
    /^ {4}layer\(configurable\('madeUp', \(options: MadeUpOptions\) => new MadeUp\(options\), \{ beta: 'number' \}\)\),$/,
    /^ {4}initializer\(/,
  ],
  [
    'layer',
    'packages/layers/src/layers/conformance.test.ts',
    /^ {2}\['/,
    /^ {2}\['madeUp', \{ beta: 2 \}, rows\],$/,
    /^\];$/,
  ],
  [
    'layer',
    'packages/onnx/src/export-layers.test.ts',
    /^ {2}\['/,
    /^ {2}\['madeUp', \{ beta: 2 \}, words\],$/,
    /^\];$/,
  ],
  [
    'layer',
    'packages/layers/src/layers/golden.test.ts',
    /no case of yet/,
    /withoutGolden: readonly string\[\] = \[.*'madeUp'.*\];$/,
    /every layer has golden numbers/,
  ],
  [
    'op',
    'packages/tensor/src/ops/index.ts',
    /'\.\/(.+)\.ts'/,
    /^export \* from '\.\/(made-up)\.ts';$/,
    /'\.\/(.+)\.ts'/,
  ],
  ['op', 'packages/tensor/src/testing/samples.ts', /^ {2}[\w\]]/, /^ {2}madeUp: \[/, /^\};$/],
  [
    'optimizer',
    'packages/optimizers/src/optimizers.ts',
    /^\/\*\* Follows the running mean/,
    /^export const madeUp = /,
    /^ {2}learningRate,$/,
  ],
  [
    'optimizer',
    'packages/optimizers/src/plugin.ts',
    /^ {4}(?:optimizer\(|\),$)/,
    /^ {4}optimizer\(configurable\('madeUp', madeUp, /,
    /^ {4}schedule\(/,
  ],
  ['optimizer', 'packages/optimizers/src/plugin.ts', /^ {2}(l\w+),$/, /^ {2}(madeUp),$/, /^ {2}(m\w+),$/],
  [
    'optimizer',
    'packages/optimizers/src/index.ts',
    /'\.\/transforms\/(.+)\.ts'/,
    /^export \{ type MadeUpOptions, scaleByMadeUp \} from '\.\/transforms\/(scale-by-made-up)\.ts';$/,
    /'\.\/transforms\/(.+)\.ts'/,
  ],
  ['optimizer', 'packages/optimizers/src/kits.test.ts', /^ {4}'\w+',$/, /^ {4}'madeUp',$/, /^ {2}\]\.map/],
  [
    'transform',
    'packages/augment/src/plugin.ts',
    /'\.\/(.+)\.ts'/,
    /^import \{ madeUp \} from '\.\/(made-up)\.ts';$/,
    /'\.\/(.+)\.ts'/,
  ],
  [
    'transform',
    'packages/augment/src/plugin.ts',
    /name: '(\w+)'/,
    /^ {4}transform\(\{ name: '(madeUp)', create: madeUp \}\),$/,
    /name: '(\w+)'/,
  ],
  [
    'transform',
    'packages/augment/src/kits.test.ts',
    /^describeTransform\('(\w+)'/,
    /^describeTransform\('(madeUp)', \(\) => madeUp\(\)\);$/,
    /^describeTransform\('(\w+)'/,
  ],
  [
    'callback',
    'packages/callbacks/src/index.ts',
    /'\.\/(.+)\.ts'/,
    /^export \{ madeUp, type MadeUpOptions \} from '\.\/(made-up)\.ts';$/,
    /'\.\/(.+)\.ts'/,
  ],
  [
    'callback',
    'packages/callbacks/src/plugin.ts',
    /^ {4}callback\(/,
    /^ {4}callback\(configurable\('madeUp', madeUp, \{ threshold: 'number', tell: 'function' \}\)\),$/,
    /^ {2}\],$/,
  ],
  [
    'onnx-operator',
    'packages/onnx/src/operators/index.ts',
    /^ {2}\.\.\./,
    /^ {2}\.\.\.madeUpOperators,$/,
    /^ {2}\.\.\.microsoft/,
  ],
  [
    'onnx-operator',
    'packages/onnx/src/operators/operators.test.ts',
    /./,
    /^ {2}const elsewhere = \['Constant', .*, 'MadeUp'\];$/,
    /const missing/,
  ],
  [
    'model',
    'apps/graft/package.json',
    /"@graft\/(.+)":/,
    /^ {4}"@graft\/(model-made-up)": "workspace:\^",$/,
    /"@graft\/(.+)":/,
  ],
  ['model', 'tools/release/projects.mjs', /^ {2}'(model-.*)',$/, /^ {2}'(model-made-up)',$/, /^ {2}'(model-.*)',$/],
  ['package', 'tools/architecture/layers.mjs', /: 2,$/, /^ {2}'made-up': 2,$/, /: 3,$/],
  ['package', 'tsconfig.json', /\{/, /"\.\/packages\/made-up"/, /\}/],
  ['package', 'CONTRIBUTING.md', /^\| 1 +\|/, /^\| 2 +\| .*, `made-up` +\|$/, /^\| 3 +\|/],
  ['package', 'README.md', /\(packages\//, /^\| \[`made-up`\]\(packages\/made-up\) +\|/, /^\| \[`graft`\]/],
  ['plugin', 'tsconfig.json', /\{/, /"\.\/examples\/made-up"/, /\}/],
])('a new %s has its place in %s', async (kind, path, ...wanted) => {
  const lines = (await generate(kind, 'made-up', repository)).changes[path]!.split('\n');
  const at = lines.findIndex((line) => wanted[1].test(line));
  const found = wanted.map((pattern, i) => pattern.exec(lines[at - 1 + i]!));
  expect(found.map(Boolean), `${lines.slice(at - 1, at + 2).join('\n')}`).toEqual([true, true, true]);
  const names = found.flatMap((match) => match?.[1] ?? []);
  expect(names).toEqual(names.toSorted());
});

test('an operator goes into a file that is there, and imports what that does not yet', async () => {
  const { changes } = await generate('onnx-operator', 'made-up', repository, { file: 'einsum' });
  expect(changes['packages/onnx/src/operators/einsum.ts']).toMatch(
    /^import \{ einsum, mul, sigmoid, type Tensor \} from '@graft\/tensor';$[^]*^ {2}operator\('MadeUp', 1, .*\n\];\n$/m,
  );
  expect(Object.keys(changes)).not.toContain('packages/onnx/src/operators/index.ts');
  await expect(generate('onnx-operator', 'made-up', repository, { file: '../plugin' })).rejects.toThrow(
    'packages/onnx/src/operators/../plugin.ts does not exist.',
  );
  await expect(generate('layer', 'made-up', repository, { file: 'einsum' })).rejects.toThrow(
    '--file is only for an onnx-operator, not for a layer',
  );
});
test.each(['', 'MadeUp', 'gated_unit', 'gated--unit', '-gated', '2d', '../gated', 'gated unit', 'a'.repeat(61)])(
  '%j is not a valid name',
  async (name) => await expect(generate('layer', name, repository)).rejects.toThrow(/ is not a kebab-case name: .*\.$/),
);
test.each<[kind: string, name: string, why: string]>([
  ['layer', 'linear', 'packages/layers/src/layers/linear.ts already exists'],
  ['layer', 'relu', "packages/layers/src/plugin.ts already has 'relu'"],
  ['layer', 'module', 'would import another "Module"'],
  ['layer', 'graph-module', 'packages/layers/src/index.ts already has GraphModule'],
  ['layer', 'train-state', 'packages/train/src/index.ts already has TrainState'],
  ['op', 'mish', 'packages/tensor/src/ops/composed-activations.ts already has one of this name'],
  ['op', 'value-and-grad', 'packages/tensor/src/index.ts already has valueAndGrad'],
  ['op', 'delete', '"delete" is a reserved word of TypeScript'],
  ['optimizer', 'adam', 'packages/optimizers/src/transforms/scale-by-adam.ts already exists'],
  ['optimizer', 'sgd', 'packages/optimizers/src/index.ts already has SgdOptions'],
  ['optimizer', 'lamb', 'packages/optimizers/src/optimizers.ts already has lamb'],
  ['transform', 'invert', 'packages/augment/src/invert.ts already exists'],
  ['transform', 'number-option', 'would import another "numberOption"'],
  ['callback', 'fit', 'packages/train/src/index.ts already has fit'],
  ['onnx-operator', 'gelu', "packages/onnx/src/operators/activation.ts already has 'Gelu'"],
  ['model', 'detypify', 'models/detypify/package.json already exists'],
  ['model', 'candy-9', 'models/onnx-model-zoo already has a card of this name'],
  ['package', 'tensor', 'packages/tensor/package.json already exists'],
  ['package', 'kits', 'A new package already has a file kits.ts'],
  ['plugin', 'mish', 'examples/mish/package.json already exists'],
  ['loss', 'made-up', 'There is no generator "loss". Available: plugin, package, layer'],
  ['constructor', 'made-up', 'There is no generator "constructor".'],
])('%s %s is rejected', async (kind, name, why) => await expect(generate(kind, name, repository)).rejects.toThrow(why));

test('if an anchor is missing, it says what to add by hand, and continues once that is done', async () => {
  const path = 'packages/callbacks/src/plugin.ts';
  const line = "    callback(configurable('madeUp', madeUp, { threshold: 'number', tell: 'function' })),";
  const moved = repository.read(path)!.replaceAll('    callback(', '    ...callbacks(');
  await expect(generate('callback', 'made-up', changed({ [path]: moved }))).rejects.toThrow(
    `${path} does not have the expected form, so the callback "made-up" cannot be inserted. Nothing was written; add this by hand, and generate again: ${line.trim()}`,
  );
  const { changes } = await generate(
    'callback',
    'made-up',
    changed({ [path]: moved.replace('  contributes: [\n', `  contributes: [\n${line}\n`) }),
  );
  expect(changes[path]!.split(line).length).toBe(2);
});
test('so it does for an item of a list', async () => {
  const path = 'packages/optimizers/src/index.ts';
  const moved = repository
    .read(path)!
    .replace(/^export \{([^}]*)\} from '\.\/optimizers\.ts';$/m, "export {$1} from './optimizers/index.ts';");
  expect(moved).not.toBe(repository.read(path));
  await expect(generate('optimizer', 'made-up', changed({ [path]: moved }))).rejects.toThrow(
    /^packages\/optimizers\/src\/index\.ts does not have the expected form.* add this by hand, and generate again: madeUp$/,
  );
  const { changes } = await generate(
    'optimizer',
    'made-up',
    changed({ [path]: moved.replace('export {\n  adadelta', 'export {\n  madeUp,\n  adadelta') }),
  );
  expect(changes[path]!.match(/\bmadeUp\b/g)!.length).toBe(1);
});
test('lists grow where they are, on one line or several', () => {
  const list = /^import \{([^}]*)\} from 'x';$/dgm;
  const grown = (text: string, item: string): string | undefined => inList('a.ts', list, item).into(text);
  expect(grown("import { a, type C } from 'x';\n", 'b')).toBe("import { a, b, type C } from 'x';\n");
  expect(grown("import {\n  a,\n  c,\n} from 'x';\n", 'd')).toBe("import {\n  a,\n  c, d,\n} from 'x';\n");
  expect(grown("import { a } from 'x';\n", 'a')).toBe("import { a } from 'x';\n");
  expect(grown("import { a } from 'x';\nimport { b } from 'x';\n", 'c')).toBeUndefined();
  expect(inList('a.ts', /\[(.*)\]/dg, "'a'").into('const all = [];\n')).toBe("const all = ['a'];\n");
});
test('a line before a statement on several lines stands before its first', () => {
  const edit = among('a.ts', /^export \{[^}]*\} from '\.\/(.+)\.ts';$/gm, "export { a } from './a.ts';");
  expect(edit.into("export {\n  b,\n} from './b.ts';\n")).toBe(
    "export { a } from './a.ts';\nexport {\n  b,\n} from './b.ts';\n",
  );
  expect(edit.into('nothing\n')).toBeUndefined();
});

describe('by Nx', () => {
  const declared = (
    JSON.parse(readFileSync(`${root}tools/nx-plugin/generators.json`, 'utf8')) as {
      generators: Record<string, { implementation: string }>;
    }
  ).generators;
  test('every kind is there', () => expect(Object.keys(declared).toSorted()).toEqual(kinds.toSorted()));
  test.each(kinds)('%s writes the same', async (kind) => {
    const written: Record<string, string> = {};
    const tree = {
      root,
      read: (path: string) => repository.read(path) ?? null,
      children: repository.children,
      write: (path: string, content: string) => void (written[path] = content),
    };
    const [file, name] = declared[kind]!.implementation.split('#');
    expect(file).toBe('./generators.mjs');
    await new Map(Object.entries(nx)).get(name!)!(tree as unknown as Parameters<typeof nx.layer>[0], {
      name: 'made-up',
    });
    expect(written).toEqual((await generate(kind, 'made-up', repository)).changes);
  });
});
