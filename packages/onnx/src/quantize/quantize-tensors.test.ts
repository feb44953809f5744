import { expect, test } from 'vitest';
import { floats } from '../testing/index.ts';
import { activationScale, quantizeBias, quantizeWeight } from './quantize-tensors.ts';

const none = (): number => 0;

test('a weight by channel, along either axis, and as one', () => {
  const weight = floats([2, 3], [1, -2, 0.5, 10, 20, -4]);
  const rows = quantizeWeight(weight, { axis: 0, limit: 127, least: none });
  expect([rows.scale.data, rows.values.data]).toEqual([
    Float32Array.of(2 / 127, 20 / 127),
    Int8Array.of(64, -127, 32, 64, 127, -25),
  ]);
  expect(quantizeWeight(weight, { axis: 1, limit: 127, least: none }).values.data).toEqual(
    Int8Array.of(13, -13, 16, 127, 127, -127),
  );
  const one = quantizeWeight(weight, { axis: undefined, limit: 64, least: none });
  expect([one.scale, one.values.data]).toEqual([floats([], [20 / 64]), Int8Array.of(3, -6, 2, 32, 64, -13)]);
});
test('a weight of zeros, and one that is NaN', () => {
  expect(quantizeWeight(floats([1, 2], [0, 0]), { axis: 0, limit: 127, least: none })).toMatchObject({
    scale: { data: Float32Array.of(1) },
    values: { data: new Int8Array(2) },
  });
  expect(() => quantizeWeight(floats([1, 2], [0, Number.NaN]), { axis: 0, limit: 127, least: none })).toThrow(
    'contains NaN, which cannot be quantised.',
  );
});
test("an activation's bounds take all 256 steps, and 0 is one of them", () => {
  expect(activationScale({ least: 0, greatest: 5.1 })).toEqual({
    scale: floats([], [0.02]),
    zero: { shape: [], dtype: 'uint8', data: Uint8Array.of(0) },
  });
  expect(activationScale({ least: -1, greatest: 1.55 }).zero.data).toEqual(Uint8Array.of(100));
  expect(activationScale({ least: 0, greatest: 0 }).scale.data).toEqual(Float32Array.of(1));
});
test('a bias in steps of input times weight', () => {
  const bias = floats([2], [1, -3]);
  expect(quantizeBias(bias, floats([], [0.5]), floats([2], [0.25, 2]))).toMatchObject({
    axis: 0,
    scale: { data: Float32Array.of(0.125, 1) },
    values: { dtype: 'int32', data: Int32Array.of(8, -3) },
  });
  expect(quantizeBias(bias, floats([], [0.5]), floats([], [0.25])).values.data).toEqual(Int32Array.of(8, -24));
});
