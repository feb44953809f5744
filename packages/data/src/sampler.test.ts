import { Random } from '@graft/tensor';
import { expect, test } from 'vitest';
import { balanced, bucketed, sequential, shuffled, weighted } from './sampler.ts';

const counts = (order: Int32Array, length: number): number[] =>
  order.reduce<number[]>((all, i) => (all[i]!++, all), new Array<number>(length).fill(0));

test('sequential is in order', () => expect([...sequential(4).order(new Random(1))]).toEqual([0, 1, 2, 3]));
test('shuffled yields each sample once, in an order that depends on the random stream', () => {
  const sampler = shuffled(1000);
  const order = sampler.order(new Random(1));
  expect([...order].sort((a, b) => a - b)).toEqual([...sequential(1000).order(new Random(1))]);
  expect(sampler.order(new Random(1))).toEqual(order);
  expect(sampler.order(new Random(2))).not.toEqual(order);
});
test('all permutations are equally likely', () => {
  const seen = new Map<string, number>();
  const root = new Random(3);
  for (let i = 0; i < 6000; i++) {
    const key = shuffled(3).order(root.fork(i)).join();
    seen.set(key, (seen.get(key) ?? 0) + 1);
  }
  expect(seen.size).toBe(6);
  for (const count of seen.values()) expect(Math.abs(count - 1000)).toBeLessThan(150); // 5 standard deviations
});
test('weighted draws samples in proportion to their weights', () => {
  const drawn = counts(weighted([1, 0, 3], 40_000).order(new Random(1)), 3);
  expect(drawn[1]).toBe(0);
  expect(Math.abs(drawn[0]! - 10_000)).toBeLessThan(450); // 5 standard deviations
});
test('balanced draws all classes equally often', () => {
  const drawn = counts(balanced([0, 0, 0, 0, 0, 0, 0, 0, 0, 1], 20_000).order(new Random(1)), 10);
  expect(Math.abs(drawn[9]! - 10_000)).toBeLessThan(360);
});
test('rejects weights that are negative or all 0', () => {
  expect(() => weighted([0, 0])).toThrow('All 2 weights are 0');
  expect(() => weighted([1, -1])).toThrow('Weights must be 0 or more, but sample 1 has -1');
});
test('bucketed yields every sample once, in randomly ordered batches of similar length', () => {
  const lengths = Array.from({ length: 103 }, (_, i) => (i * 37) % 101);
  const { order, length } = bucketed(lengths, 10);
  const drawn = [...order(new Random(1))];
  expect(length).toBe(103);
  expect(drawn.toSorted((a, b) => a - b)).toEqual(lengths.map((_, i) => i));
  const spreads = Array.from({ length: 10 }, (_, batch) =>
    drawn.slice(10 * batch, 10 * batch + 10).map((i) => lengths[i]!),
  ).map((batch) => Math.max(...batch) - Math.min(...batch));
  expect(Math.max(...spreads)).toBeLessThan(12);
  const firsts = Array.from({ length: 10 }, (_, batch) => lengths[drawn[10 * batch]!]!);
  expect(firsts).not.toEqual(firsts.toSorted((a, b) => a - b));
  expect([...order(new Random(1))]).toEqual(drawn);
  expect([...order(new Random(2))]).not.toEqual(drawn);
});
