import { expect, test } from 'vitest';
import { cosine, linear, oneCycle, stepDecay, warmUp } from './index.ts';

test('linear and cosine go from one value to another and stay there', () => {
  for (const schedule of [linear({ from: 1, to: 0.2, steps: 10 }), cosine({ from: 1, to: 0.2, steps: 10 })])
    expect([schedule(0), schedule(5), schedule(10), schedule(99)].map((v) => +v.toFixed(6))).toEqual([1, 0.6, 0.2, 0.2]);
});
test('step decay', () => expect([0, 4, 5, 10].map(stepDecay({ from: 1, factor: 0.5, every: 5 }))).toEqual([1, 1, 0.5, 0.25]));
test('warm-up leads to the first value of what follows', () => {
  const schedule = warmUp({ steps: 3, then: cosine({ from: 1, steps: 10 }) });
  expect([0, 1, 2, 3].map(schedule)).toEqual([0.25, 0.5, 0.75, 1]);
});
test('one cycle rises to its peak and falls to almost nothing', () => {
  const schedule = oneCycle({ peak: 1, steps: 100 });
  const values = Array.from({ length: 101 }, (_, i) => schedule(i));
  expect(values[0]).toBeCloseTo(1 / 25, 6);
  expect(values.indexOf(Math.max(...values))).toBe(25);
  expect(values[100]).toBeCloseTo(1e-5, 9);
});
