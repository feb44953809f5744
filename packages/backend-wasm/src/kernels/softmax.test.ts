import { logSoftmax, softmax, softmaxCrossEntropy, tensor } from '@graft/tensor';
import { afterAll, expect, test } from 'vitest';
import { createWasmBackend } from '../index.ts';

const backend = await createWasmBackend();
afterAll(() => backend.dispose?.());

// As in the reference: the logarithm of a sum must not vanish next to a mask.
test.each([-1e30, -3.4e38, 1e20])('a row of %d is uniform', (value) => {
  const x = tensor([[value, value, value, value]], { backend });
  expect(softmax(x).numbers()).toEqual([0.25, 0.25, 0.25, 0.25]);
  for (const one of logSoftmax(x).numbers()) expect(one).toBeCloseTo(Math.log(0.25), 6);
  expect(softmaxCrossEntropy(x, tensor([2], { dtype: 'int32' })).item()).toBeCloseTo(Math.log(4), 6);
});
