import { expect, test } from 'vitest';
import { checkImports } from './check-imports.mjs';

const manifest = (name: string, dependencies: string[] = [], rest: object = {}) =>
  JSON.stringify({
    name: `@graft/${name}`,
    exports: { '.': {}, './testing': {} },
    dependencies: Object.fromEntries(dependencies.map((one) => [one, '*'])),
    ...rest,
  });

/** A small house with one source file in one of its packages. */
const house = (file: string, source: string, changes: Record<string, string> = {}) =>
  checkImports({
    'package.json': JSON.stringify({ devDependencies: { vitest: '4' } }),
    'packages/plugin/package.json': manifest('plugin', ['tsyringe']),
    'packages/tensor/package.json': manifest('tensor', ['@graft/plugin']),
    'packages/layers/package.json': manifest('layers', ['@graft/tensor'], {
      devDependencies: { '@graft/optimizers': '*', left: '*' },
    }),
    'packages/optimizers/package.json': manifest('optimizers', ['@graft/tensor']),
    'packages/train/package.json': manifest('train', ['@graft/layers']),
    'packages/backend-wasm/package.json': manifest('backend-wasm', ['@graft/tensor']),
    'apps/demo/package.json': manifest('demo', ['@graft/train']),
    'examples/swish/package.json': manifest('swish', ['@graft/train', '@graft/tensor', '@graft/demo']),
    ...changes,
    [file]: source,
  });

test('allows imports from lower layers', () => {
  expect(
    house('packages/layers/src/a.ts', `import { x } from '@graft/tensor/testing'; export * from './b.ts';`),
  ).toEqual([]);
  expect(
    house('examples/swish/src/a.ts', `import '@graft/train'; import '@graft/tensor'; import '@graft/demo';`),
  ).toEqual([]);
});
test.each([
  [
    'upward',
    'packages/layers/src/a.ts',
    `\nimport { fit } from '@graft/train';`,
    'packages/layers/src/a.ts:2 imports "@graft/train". layers (layer 2) may not depend on train (layer 3): imports must point to lower layers.',
  ],
  [
    'upward in a type',
    'packages/layers/src/a.ts',
    `export type A = import('@graft/train').A;`,
    'may not depend on train',
  ],
  ['upward by export', 'packages/tensor/src/a.ts', `export { a } from '@graft/layers';`, 'may not depend on layers'],
  ['upward, dynamically', 'packages/tensor/src/a.ts', `await import('@graft/layers');`, 'may not depend on layers'],
  [
    'sideways',
    'packages/layers/src/a.ts',
    `import '@graft/optimizers';`,
    'are in the same layer 2 and may not depend on each other',
  ],
  [
    'into src by path',
    'packages/layers/src/a.ts',
    `import '../../optimizers/src/adam.ts';`,
    'Import packages/optimizers by its package name',
  ],
  [
    'into src by name',
    'packages/layers/src/a.ts',
    `import '@graft/tensor/src/op.ts';`,
    'publishes ., ./testing, not "./src/op.ts"',
  ],
  [
    'undeclared, ours',
    'packages/layers/src/a.ts',
    `import '@graft/plugin';`,
    'Declare "@graft/plugin" in packages/layers/package.json',
  ],
  [
    'undeclared, theirs',
    'packages/layers/src/a.ts',
    `import left from 'left/pad';`,
    'Declare "left" in packages/layers/package.json',
  ],
  ['a test tool in a source', 'packages/layers/src/a.ts', `import { test } from 'vitest';`, 'Declare "vitest"'],
  ['upward in a test', 'packages/layers/src/a.test.ts', `import '@graft/train';`, 'may not depend on train'],
  ['an app', 'packages/train/src/a.ts', `import '@graft/demo';`, 'Only a plugin may import an app'],
  [
    'the inside of an app',
    'examples/swish/src/a.ts',
    `import '../../../apps/demo/src/a.ts';`,
    'Import apps/demo by its package name',
  ],
  [
    'a plugin in a package',
    'packages/train/src/a.ts',
    `import '@graft/swish';`,
    'A package may not depend on examples/swish',
  ],
  ['node', 'packages/layers/src/a.ts', `import { readFile } from 'node:fs/promises';`, 'Move it into src/node/'],
  [
    'node, unmarked',
    'packages/layers/src/node/a.ts',
    `import { readFile } from 'fs/promises';`,
    'Write "node:fs/promises"',
  ],
  [
    'node, statically, where only a dynamic import is allowed',
    'packages/backend-wasm/src/a.ts',
    `import 'node:fs';`,
    'Move it into src/node/',
  ],
  ['tsyringe', 'packages/plugin/src/plugin.ts', `import { container } from 'tsyringe';`, 'Use @graft/plugin instead'],
  [
    'tsyringe as a value',
    'packages/plugin/src/extension-point.ts',
    `import { container } from 'tsyringe';`,
    'Use @graft/plugin instead',
  ],
  ['sharp', 'packages/tensor/src/a.ts', `import sharp from 'sharp';`, 'ImageDecoder'],
])('refuses %s', (_, file, source, message) => expect(house(file, source)).toEqual([expect.stringContaining(message)]));

test('allows node where it belongs', () => {
  expect(house('packages/layers/src/node/a.ts', `import 'node:fs';`)).toEqual([]);
  expect(house('packages/backend-wasm/src/a.ts', `await import('node:fs');`)).toEqual([]);
  expect(house('packages/plugin/src/extension-point.ts', `import type { X } from 'tsyringe';`)).toEqual([]);
});
test('lets tests use devDependencies and test tools', () =>
  expect(
    house(
      'packages/layers/src/a.test.ts',
      `import { test } from 'vitest'; import '@graft/optimizers'; import 'left'; import 'node:fs';`,
    ),
  ).toEqual([]));
test('leaves examples in comments alone', () =>
  expect(
    house('packages/layers/src/a.ts', ` * const train = await import('@graft/train');`.replace(/^/, '/**\n') + '\n */'),
  ).toEqual([]));
test('refuses a manifest that points upwards', () =>
  expect(
    house('packages/tensor/src/a.ts', '', { 'packages/tensor/package.json': manifest('tensor', ['@graft/train']) }),
  ).toEqual([
    'packages/tensor/package.json depends on "@graft/train". tensor (layer 1) may not depend on train (layer 3): imports must point to lower layers.',
  ]));
test('refuses a package without a place', () =>
  expect(house('packages/misc/src/a.ts', '', { 'packages/misc/package.json': manifest('misc') })).toEqual([
    expect.stringContaining('packages/misc has no layer'),
  ]));
test('says where a file does not parse', () =>
  expect(() => house('packages/tensor/src/a.ts', 'const = 1')).toThrow('packages/tensor/src/a.ts does not parse'));
