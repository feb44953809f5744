import { expect, test } from 'vitest';
import { differenceInterval } from './index.ts';

// Newcombe (1998), "Interval estimation for the difference between independent proportions", table II, method 10.
test.each([
  [[56, 70], [48, 80], 0.0524, 0.3339],
  [[9, 10], [3, 10], 0.1705, 0.809],
  [[5, 56], [0, 29], -0.0381, 0.1926],
  [[0, 10], [0, 10], -0.2775, 0.2775],
  [[10, 10], [0, 10], 0.6075, 1],
] as const)('%j − %j', (first, second, low, high) => {
  const found = differenceInterval(first, second);
  expect(found[0]).toBeCloseTo(low, 3);
  expect(found[1]).toBeCloseTo(high, 3);
});
