import { expect, test } from 'vitest';
import { isWorse } from './is-worse.ts';

/** Held-out examples, and an accuracy before and after fine-tuning. */
const worse = (
  [before, after]: readonly [number, number],
  losses: readonly [before: (i: number) => number, after: (i: number) => number],
  { fractions = true, greaterIsBetter = true, count = 20 } = {},
): boolean => {
  const examples = Array.from({ length: count }, (_, i) => i);
  return isWorse(
    {
      metrics: [{ name: 'accuracy', greaterIsBetter }],
      objective: { fractions },
      heldOut: examples,
      score: 'accuracy',
    } as never,
    { log: [{ validationAccuracy: before }] } as never,
    { log: [{ validationAccuracy: after }] } as never,
    { before: examples.map(losses[0]), after: examples.map(losses[1]) },
  );
};
const noise = (i: number): number => (i % 2 ? 0.5 : 0.9);

test('a lower loss is a gain only beyond the noise of the examples, and with a score that is not worse', () => {
  // Every example falls by the same.
  expect(worse([0.8, 0.8], [noise, (i) => noise(i) - 0.05])).toBe(false);
  // The same mean by examples that go both ways: 0.05 with a standard error of 0.14.
  const mixed = (i: number): number => 0.65 + (i % 2 ? 0.6 : -0.6);
  expect(worse([0.8, 0.8], [() => 0.7, mixed])).toBe(true);
  expect(worse([0.8, 0.85], [() => 0.7, mixed])).toBe(true);
  expect(worse([0.85, 0.8], [noise, (i) => noise(i) - 0.05])).toBe(true);
});
test('a score that is better by two standard errors is a gain, whatever the loss', () => {
  expect(worse([0.5, 0.75], [noise, (i) => noise(i) + 0.1])).toBe(false);
  expect(worse([0.5, 0.7], [noise, (i) => noise(i) + 0.1])).toBe(true);
  // Of a score that is no fraction the noise is not known.
  expect(worse([0.5, 0.75], [noise, (i) => noise(i) + 0.1], { fractions: false })).toBe(true);
});
test('one held-out example shows nothing', () => {
  expect(worse([1, 1], [noise, (i) => noise(i) - 0.5], { count: 1 })).toBe(true);
});
test('smaller scores may be better', () => {
  expect(worse([3, 2], [noise, (i) => noise(i) - 0.05], { greaterIsBetter: false, fractions: false })).toBe(false);
  expect(worse([2, 3], [noise, (i) => noise(i) - 0.05], { greaterIsBetter: false, fractions: false })).toBe(true);
});
test('a destroyed network is worse', () => {
  expect(worse([0.8, Number.NaN], [noise, () => Number.NaN])).toBe(true);
  expect(worse([0.8, 0.8], [noise, () => Number.NaN])).toBe(true);
});
