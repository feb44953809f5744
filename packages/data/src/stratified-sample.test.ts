import { expect, test } from 'vitest';
import { stratifiedSample } from './index.ts';

/** Sorted by class, with sizes that differ much. */
const labels = [...Array<number>(500).fill(0), ...Array<number>(40).fill(1), ...Array<number>(3).fill(2)];
const countsOf = (sample: readonly number[]): number[] =>
  [0, 1, 2].map((label) => sample.filter((index) => labels[index] === label).length);

test('a rare class at the end of sorted data is drawn like the first one', () => {
  expect(countsOf(stratifiedSample(labels, { count: 9, seed: 1 }))).toEqual([3, 3, 3]);
  expect(countsOf(stratifiedSample(labels, { count: 60, seed: 1 })).toSorted((a, b) => a - b)).toEqual([3, 28, 29]);
  expect(countsOf(stratifiedSample(labels, { count: 1000, seed: 1 }))).toEqual([500, 40, 3]);
});
test('the seed decides which samples, and none is drawn twice', () => {
  const draw = (seed: number): number[] => stratifiedSample(labels, { count: 60, seed });
  expect(draw(1)).toEqual(draw(1));
  expect(draw(1)).not.toEqual(draw(2));
  expect(new Set(draw(3)).size).toBe(60);
  expect(draw(3)).toEqual(draw(3).toSorted((a, b) => a - b));
});
test('with more classes than samples, other seeds draw other classes', () => {
  const each = Array.from({ length: 100 }, (_, i) => i);
  const draws = [1, 2].map((seed) => stratifiedSample(each, { count: 10, seed }));
  expect(draws[0]).toHaveLength(10);
  expect(draws[0]).not.toEqual(draws[1]);
  expect(stratifiedSample([], { count: 4, seed: 0 })).toEqual([]);
  expect(() => stratifiedSample(each, { count: 0, seed: 0 })).toThrow(
    'stratifiedSample expects "count" to be an integer of at least 1, got 0.',
  );
});
