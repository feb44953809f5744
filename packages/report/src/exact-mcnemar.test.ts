import fc from 'fast-check';
import { expect, test } from 'vitest';
import { exactMcNemar } from './index.ts';

// Exact binomial tails, computed with rational numbers in Python.
test.each([
  [3, 10, 0.09228515625],
  [1, 8, 0.0390625],
  [0, 5, 0.0625],
  [40, 71, 0.004195534185394861],
  [1200, 1301, 0.045521866406311576],
  [7, 7, 1],
  [0, 0, 1],
])('%i only by the first, %i only by the second: p = %f', (first, second, p) => {
  expect(exactMcNemar(first, second)).toBeCloseTo(p, 10);
  expect(exactMcNemar(second, first)).toBe(exactMcNemar(first, second));
});
test('p falls as the counts move apart', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 400 }), fc.integer({ min: 0, max: 400 }), (low, apart) => {
      const p = exactMcNemar(low, low + apart);
      expect(p).toBeGreaterThan(0);
      expect(exactMcNemar(low, low + apart + 1)).toBeLessThanOrEqual(p);
    }),
  );
});
test('what is not a count is rejected', () =>
  expect(() => exactMcNemar(-1, 2)).toThrow('exactMcNemar expects two counts of examples, got -1 and 2.'));
