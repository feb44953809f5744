import { expect, test } from 'vitest';
import { expectClose, runImported, runInOnnxruntime } from '../test/onnxruntime.ts';
import { exportOnnx, importOnnx, readModel, resizeOnnxInput } from './index.ts';
import { buildModel, floats, type ModelSketch, noise } from './testing/index.ts';

const sketch: ModelSketch = {
  inputs: { x: { shape: ['N', 3, 8, 8] } },
  outputs: ['y'],
  constants: { w: floats([4, 3, 3, 3], noise(1)), fc: floats([4, 5], noise(3)) },
  nodes: [
    ['Conv', ['x', 'w'], ['c'], { pads: [1, 1, 1, 1], strides: [2, 2] }, 'stem'],
    ['Relu', ['c'], ['r']],
    ['GlobalAveragePool', ['r'], ['p']],
    ['Flatten', ['p'], ['f']],
    ['MatMul', ['f', 'fc'], ['y']],
  ],
};

test.each([
  [12, 20],
  [8, 8],
  [3, 5],
])('images of %i×%i, in onnxruntime and here', async (height, width) => {
  const file = resizeOnnxInput(buildModel(sketch), { height, width });
  expect(file.inputs[0]!.shape).toEqual(['N', 3, height, width]);
  const model = importOnnx(file);
  const bytes = await exportOnnx(model);
  expect(readModel(bytes).inputs[0]!.shape).toEqual(['N', 3, height, width]);
  const x = floats([2, 3, height, width], noise(5));
  expectClose(runImported(model, { x }).get('y')!.arraySync(), (await runInOnnxruntime(bytes, { x }))['y']!.data, 1e-5);
});
test('shapes of values in the file are removed, because they are those of the old size', async () => {
  const withShapes = buildModel({ ...sketch, outputs: ['r'] });
  const bytes = await exportOnnx(importOnnx(resizeOnnxInput(withShapes, { height: 16, width: 16 })));
  const x = floats([1, 3, 16, 16], noise(5));
  expect((await runInOnnxruntime(bytes, { x }))['r']!.shape).toEqual([1, 4, 8, 8]);
});
test('a node that requires the old size fails on shape inference', () => {
  const fixed = buildModel({
    ...sketch,
    constants: { ...sketch.constants, places: floats([1, 4, 4, 4], noise(7)) },
    nodes: [
      ...sketch.nodes.slice(0, 2),
      ['Add', ['r', 'places'], ['p'], {}, 'add places'],
      ['GlobalAveragePool', ['p'], ['y']],
    ],
  });
  expect(() =>
    importOnnx(resizeOnnxInput(fixed, { height: 12, width: 12 })).shapes({ inputShapes: { x: [1, 3, 12, 12] } }),
  ).toThrow('add places');
});
test('rejects inputs that are not images, and invalid sizes', () => {
  expect(() =>
    resizeOnnxInput(buildModel({ ...sketch, inputs: { x: { shape: ['N', 3] } } }), { height: 8, width: 8 }),
  ).toThrow('The input "x" is not a batch of images [batch, channels, height, width], but [N, 3].');
  expect(() => resizeOnnxInput(buildModel(sketch), { height: 8, width: 0 })).toThrow(
    'The width of an image must be a positive integer, got 0.',
  );
  expect(() => resizeOnnxInput(buildModel(sketch), { height: 8, width: 8 }, { input: 'image' })).toThrow(
    "The file's inputs are x. Specify which one to change: input.",
  );
});
