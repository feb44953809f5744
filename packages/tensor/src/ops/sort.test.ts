import { expect, test } from 'vitest';
import { argSort, sort, tensor, topK } from '../index.ts';
import { checkGradient } from '../testing/index.ts';

test('elements sorted stably, NaN last', () => {
  const x = tensor([
    [3, 1, 2, 1],
    [Number.NaN, -1, 5, 0],
  ]);
  expect(argSort(x).numbers()).toEqual([1, 3, 2, 0, 1, 3, 2, 0]);
  expect(sort(x, { descending: true }).values.numbers()).toEqual([3, 2, 1, 1, Number.NaN, 5, 0, -1]);
  expect(sort(x, { axis: 0 }).indices.numbers()).toEqual([0, 1, 0, 1, 1, 0, 1, 0]);
  expect(sort(tensor(BigInt64Array.of(2n ** 60n, -1n, 2n ** 60n - 1n))).indices.numbers()).toEqual([1, 2, 0]);
});
test('the largest and the smallest', () => {
  const x = tensor([
    [3, 1, 2],
    [4, 6, 5],
  ]);
  const { values, indices } = topK(x, 2);
  expect([values.shape, values.numbers(), indices.numbers()]).toEqual([
    [2, 2],
    [3, 2, 6, 5],
    [0, 2, 1, 2],
  ]);
  expect(topK(x, 1, { axis: 0, largest: false }).values.numbers()).toEqual([3, 1, 2]);
  expect(() => topK(x, 4)).toThrow('topK expects a k from 0 to the 3 elements along axis 1 of [2, 3], got 4.');
});
test('gradients flow to the original positions', () => {
  const x = tensor(
    [
      [0.3, -1.2, 2.5],
      [1.1, 0.2, -0.4],
    ],
    { dtype: 'float64' },
  );
  checkGradient((y) => sort(y, { axis: 0 }).values, [x]);
  checkGradient((y) => topK(y, 2).values, [x]);
});
