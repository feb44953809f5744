import { adaptFilters } from '@graft/layers';
import { expect, test } from 'vitest';
import { expectClose, runImported, runInOnnxruntime } from '../test/onnxruntime.ts';
import { adaptOnnxInput, importOnnx, readModel } from './index.ts';
import { buildModel, floats, type ModelSketch, noise } from './testing/index.ts';

const sketch: ModelSketch = {
  inputs: { x: { shape: ['N', 3, 8, 8] } },
  outputs: ['y'],
  constants: { w: floats([4, 3, 3, 3], noise(1)), b: floats([4], noise(2)), fc: floats([4, 5], noise(3)) },
  nodes: [
    ['Conv', ['x', 'w', 'b'], ['c'], { pads: [1, 1, 1, 1], strides: [2, 2] }, 'stem'],
    ['Relu', ['c'], ['r']],
    ['GlobalAveragePool', ['r'], ['p']],
    ['Flatten', ['p'], ['f']],
    ['MatMul', ['f', 'fc'], ['y']],
  ],
};

test.each([1, 2, 4, 6])('%i channels, in onnxruntime and here', async (channels) => {
  const bytes = adaptOnnxInput(buildModel(sketch), channels);
  const file = readModel(bytes);
  expect(file.inputs[0]!.shape).toEqual(['N', channels, 8, 8]);
  expect(file.nodes.map(({ name, outputs }) => [name, outputs])).toEqual(
    readModel(buildModel(sketch)).nodes.map(({ name, outputs }) => [name, outputs]),
  );
  expect(file.constants.get('w')!.read()).toEqual(adaptFilters(floats([4, 3, 3, 3], noise(1)), channels));
  const x = floats([2, channels, 8, 8], noise(5));
  const { y } = await runInOnnxruntime(bytes, { x });
  expectClose(runImported(importOnnx(bytes), { x }).get('y')!.arraySync(), y!.data, 1e-5);
  // An image whose channels are alike gives what it gave as three of them.
  const alike = (count: number) => ({ x: floats([1, count, 8, 8], (i) => noise(6)(i % 64)) });
  if (channels !== 2 && channels !== 4)
    expectClose(
      (await runInOnnxruntime(bytes, alike(channels)))['y']!.data,
      (await runInOnnxruntime(buildModel(sketch), alike(3)))['y']!.data,
      1e-5,
    );
});
test.each<[string, Partial<ModelSketch>, Parameters<typeof adaptOnnxInput>[2]]>([
  [
    'Node "Sub_0" (Sub) reads the input "x", but only a Conv can be adapted to other channels.',
    { nodes: [['Sub', ['x', 'mean'], ['y']]], constants: { mean: floats([3, 1, 1], [1, 2, 3]) } },
    {},
  ],
  [
    'Node "Conv_0" (Conv) has no constant, ungrouped float32 filters of its own',
    { nodes: [['Conv', ['x', 'w'], ['y'], { group: 3 }]], constants: { w: floats([3, 1, 3, 3], noise(1)) } },
    {},
  ],
  ["The file's inputs are x. Specify which one to change: input.", {}, { input: 'image' }],
])('%s', (message, changes, options) =>
  expect(() => adaptOnnxInput(buildModel({ ...sketch, ...changes }), 1, options)).toThrow(message),
);
