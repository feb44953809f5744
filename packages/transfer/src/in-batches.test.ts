import { Module } from '@graft/layers';
import { mul, sum, type Tensor, tensor, unsqueeze } from '@graft/tensor';
import { expect, test } from 'vitest';
import { InBatches } from './index.ts';

/** Sums of rows, for batches of two only. */
class Pairs extends Module {
  calls = 0;
  override forward(x: Tensor): Tensor {
    if (x.shape[0] !== 2) throw new Error(`a batch of ${x.shape[0]}`);
    this.calls++;
    return unsqueeze(sum(mul(x, 2), 1), [1]);
  }
}

test.each([1, 2, 5])('%i examples through a module for two', (count) => {
  const module = new Pairs();
  const x = tensor(
    Float32Array.from({ length: count * 3 }, (_, i) => i),
    { shape: [count, 3] },
  );
  const sums = new InBatches(module, { batch: 2 }).forward(x);
  expect(sums.shape).toEqual([count, 1]);
  expect(sums.numbers()).toEqual(Array.from({ length: count }, (_, n) => 2 * (9 * n + 3)));
  expect(module.calls).toBe(Math.ceil(count / 2));
});

test('impossible sizes are refused', () => {
  expect(() => new InBatches(new Pairs(), { batch: 0 })).toThrow(
    'expects "batch" to be an integer of 1 or more, got 0',
  );
  const batches = new InBatches(new Pairs(), { batch: 2 });
  expect(() => batches.forward({ a: tensor([[1]]), b: tensor([[1], [2]]) })).toThrow(
    'The input "b" has 2 examples, but another input has 1.',
  );
});
