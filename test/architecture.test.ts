import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { checkImports } from '../tools/architecture/check-imports.mjs';
import { readTree } from '../tools/architecture/read-tree.mjs';

const tree = readTree(fileURLToPath(new URL('..', import.meta.url)));

test('reads all projects', () => {
  for (const place of ['packages/plugin/src/app.ts', 'packages/graft/src/index.ts', 'apps/graft/src/main.ts'])
    expect(Object.keys(tree)).toContain(place);
});
test('every import points to a lower layer, a declared package and a published entry point', () =>
  expect(checkImports(tree)).toEqual([]));

/** Where packages read values at once, which only tensors of the host allow, and why that is one there. */
const readsAtOnce: Readonly<Record<string, string>> = {
  'packages/layers/src/weights.ts': 'castArray casts arrays of a file or of weightsOf() on the host',
  'packages/onnx/src/copy-imported.ts': 'runs inside onHost()',
  'packages/onnx/src/export-onnx.ts': 'runs inside onHost()',
  'packages/onnx/src/operator.ts': 'it asks whether the host sees the tensor first',
  'packages/onnx/src/operators/text.ts': 'places of texts, which are made on the host',
  'packages/onnx/src/suite/check-case.ts': 'the values of a file',
  'packages/onnx/src/trace-module.ts': 'runs inside onHost()',
  'packages/onnx/src/suite/differentiated.ts': 'finite differences, in float64 on js or wasm',
};
test('packages read tensors with await: they may be on a device', () => {
  const reading = Object.entries(tree).flatMap(([path, text]) =>
    /^packages\/(?!tensor\/)[^/]+\/src\//.test(path) &&
    !/\.test\.ts$|\/testing\//.test(path) &&
    /\.(arraySync|item|numbers)\(\)/.test(text)
      ? [path]
      : [],
  );
  expect(reading.sort()).toEqual(Object.keys(readsAtOnce).sort());
});
