import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isRejected, rejectionThresholds } from './index.ts';

const score = fc.record({
  confidence: fc.double({ min: 0, max: 1, noNaN: true }),
  distance: fc.double({ min: 0, max: 2, noNaN: true }),
});

test('at most the share of known examples is refused, ties included', () => {
  fc.assert(
    fc.property(
      fc.array(fc.oneof(score, fc.constant({ confidence: 0.5, distance: 0.5 })), { minLength: 1, maxLength: 60 }),
      fc.double({ min: 0, max: 0.99, noNaN: true }),
      (known, share) => {
        const thresholds = rejectionThresholds(known, share);
        const refused = known.filter((one) => isRejected(one, thresholds)).length;
        expect(refused).toBeLessThanOrEqual(Math.floor(share * known.length));
      },
    ),
  );
});
test('half of the share is refused for each score', () => {
  const known = Array.from({ length: 100 }, (_, i) => ({
    confidence: ((37 * i) % 100) / 100,
    distance: ((61 * i) % 100) / 50,
  }));
  expect(rejectionThresholds(known, 0.1)).toEqual({ confidence: 0.05, distance: 1.88 });
  expect(rejectionThresholds(known, 0.01)).toEqual({ confidence: 0, distance: 1.96 }); // a single one: by its distance
  expect(rejectionThresholds(known, 0)).toEqual({ confidence: 0, distance: 1.98 });
});
test('either score refuses, and what is not a number is unknown', () => {
  const thresholds = { confidence: 0.6, distance: 0.3 };
  expect(isRejected({ confidence: 0.6, distance: 0.3 }, thresholds)).toBe(false);
  expect(isRejected({ confidence: 0.59, distance: 0.1 }, thresholds)).toBe(true);
  expect(isRejected({ confidence: 0.99, distance: 0.31 }, thresholds)).toBe(true);
  expect(isRejected({ confidence: Number.NaN, distance: 0.1 }, thresholds)).toBe(true);
});
test('shares and scores out of range are refused', () => {
  expect(() => rejectionThresholds([{ confidence: 1, distance: 0 }], 1)).toThrow('a share from 0 to below 1, got 1.');
  expect(() => rejectionThresholds([], 0.1)).toThrow('expects at least one known example');
  expect(() => rejectionThresholds([{ confidence: Number.NaN, distance: 0 }], 0.1)).toThrow('with numbers as scores');
});
