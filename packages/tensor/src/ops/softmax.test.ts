import { expect, test } from 'vitest';
import { grad, logSoftmax, softmax, softmaxCrossEntropy, sum, tensor } from '../index.ts';

// Masks are often so low that the logarithm of a sum vanishes next to them.
test.each([-1e30, -3.4e38, 1e20])('a row of %d is uniform', (value) => {
  const x = tensor([
    [value, value, value, value],
    [0, value, 0, value],
  ]);
  const other = value < 0 ? [0.5, 0, 0.5, 0] : [0, 0.5, 0, 0.5];
  expect(softmax(x).numbers()).toEqual([0.25, 0.25, 0.25, 0.25, ...other]);
  const uniform = tensor([[value, value, value, value]]);
  for (const one of logSoftmax(uniform).numbers()) expect(one).toBeCloseTo(Math.log(0.25), 6);
  const target = tensor([2], { dtype: 'int32' });
  expect(softmaxCrossEntropy(uniform, target).item()).toBeCloseTo(Math.log(4), 6);
  expect(grad(() => sum(softmaxCrossEntropy(uniform, target)), [uniform])[0]!.numbers()).toEqual([
    0.25, 0.25, -0.75, 0.25,
  ]);
});
