import { crossEntropy, Linear, meanSquaredError } from '@graft/layers';
import type { Batch } from '@graft/data';
import { Random } from '@graft/tensor';
import { evaluate } from '@graft/train';
import { expect, test } from 'vitest';
import { exampleLosses } from './example-losses.ts';

const random = new Random(1);
const inputs = (count: number): Float32Array => Float32Array.from({ length: 3 * count }, () => random.next());
const model = new Linear({ in: 3, out: 2 });

test.each([
  ['classes', crossEntropy(), (count: number) => ({ labels: Int32Array.from({ length: count }, (_, i) => i % 2) })],
  [
    'numbers',
    meanSquaredError(),
    (count: number) => ({
      labels: Float32Array.from({ length: 2 * count }, () => random.next()),
      labelShape: [count, 2],
    }),
  ],
])('losses of examples with %s have the mean that evaluate() gives', async (_, loss, labelsOf) => {
  const data = [4, 3].map((count): Batch => ({
    inputs: inputs(count),
    shape: [count, 3],
    indices: Array.from({ length: count }, (_, i) => i),
    ...labelsOf(count),
  }));
  const losses = await exampleLosses(model, data, loss);
  expect(losses).toHaveLength(7);
  expect(new Set(losses).size).toBe(7);
  const { loss: mean } = await evaluate(model, data, { loss });
  expect(losses.reduce((sum, one) => sum + one, 0) / 7).toBeCloseTo(mean!, 6);
});
