import { expect, test } from 'vitest';
import { expectClose, runImported, runInOnnxruntime } from '../test/onnxruntime.ts';
import { exportOnnx, holdInputs, importOnnx, readModel } from './index.ts';
import { buildModel, floats, type ModelSketch, noise } from './testing/index.ts';

const sketch: ModelSketch = {
  inputs: { x: { shape: ['N', 3, 4, 4] }, gain: { shape: [1, 3, 1, 1] }, sizes: { shape: ['N', 2] } },
  outputs: ['y'],
  constants: { w: floats([4, 3, 3, 3], noise(1)), fc: floats([6, 2], noise(2)) },
  nodes: [
    ['Mul', ['x', 'gain'], ['m']],
    ['Conv', ['m', 'w'], ['c']],
    ['GlobalAveragePool', ['c'], ['p']],
    ['Flatten', ['p'], ['f']],
    ['Concat', ['f', 'sizes'], ['fs'], { axis: 1 }],
    ['MatMul', ['fs', 'fc'], ['y']],
  ],
};
const gain = floats([1, 3, 1, 1], noise(3));
const sizes = floats([1, 2], noise(4));
const x = floats([3, 3, 4, 4], noise(5));

test('held inputs become constants, repeated for each example where they have a batch', async () => {
  const whole = buildModel(sketch);
  const held = holdInputs(readModel(whole), { gain: { value: gain }, sizes: { value: sizes, repeatedFor: 'x' } });
  expect(held.inputs.map(({ name }) => name)).toEqual(['x']);
  const model = importOnnx(held);
  const all = Float32Array.from({ length: 6 }, (_, i) => (sizes.data as Float32Array)[i % 2]!);
  const expected = await runInOnnxruntime(whole, { x, gain, sizes: { ...sizes, shape: [3, 2], data: all } });
  expectClose(runImported(model, { x }).get('y')!.arraySync(), expected['y']!.data, 1e-5);
  const bytes = await exportOnnx(model);
  expect(readModel(bytes).inputs.map(({ name }) => name)).toEqual(['x']);
  expectClose((await runInOnnxruntime(bytes, { x }))['y']!.data, expected['y']!.data, 1e-5);
});
test('files of old versions list constants among their inputs', async () => {
  const old = buildModel({
    ...sketch,
    irVersion: 3,
    opset: 9,
    inputs: { x: { shape: ['N', 3, 4, 4] }, gain: { shape: [1, 3, 1, 1] } },
    constants: {},
    nodes: [['Mul', ['x', 'gain'], ['y']]],
  });
  const bytes = await exportOnnx(importOnnx(holdInputs(readModel(old), { gain: { value: gain } })));
  const expected = (await runInOnnxruntime(old, { x, gain }))['y']!.data;
  expectClose((await runInOnnxruntime(bytes, { x }))['y']!.data, expected, 1e-6);
});
test('an unknown input is refused', () =>
  expect(() => holdInputs(readModel(buildModel(sketch)), { gian: { value: gain } })).toThrow(
    'The file has no input "gian". Its inputs are x, gain, sizes.',
  ));
