import fc from 'fast-check';
import { Random } from '@graft/tensor';
import { expect, test } from 'vitest';
import { NeighbourDistance } from './index.ts';

const vectors = (count: number, width: number, seed: number): Float32Array[] =>
  Array.from({ length: count }, (_, i) => {
    const random = new Random(seed).fork(i);
    return Float32Array.from({ length: width }, () => random.normal());
  });
const cosine = (a: Float32Array, b: Float32Array): number =>
  1 - a.reduce((sum, value, i) => sum + value * b[i]!, 0) / Math.hypot(...a) / Math.hypot(...b);

test('the distance is that of the k-th nearest of all, sorted', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 12 }), fc.nat(999), (count, width, seed) => {
      const known = vectors(count, width, seed);
      const neighbours = 1 + (seed % count);
      const [given] = vectors(1, width, seed + 1000) as [Float32Array];
      const expected = known.map((one) => cosine(one, given)).sort((a, b) => a - b)[neighbours - 1]!;
      expect(new NeighbourDistance(known, { neighbours }).of(given)).toBeCloseTo(Math.max(0, expected), 5);
    }),
  );
});
test('the length of features does not matter, and zeros are far from everything', () => {
  const known = vectors(30, 6, 1);
  const all = new NeighbourDistance(known);
  const [given] = vectors(1, 6, 2) as [Float32Array];
  expect(all.of(given.map((value) => 40 * value))).toBeCloseTo(all.of(given), 5);
  expect(all.of(new Float32Array(6))).toBe(1);
});
test('the usual neighbour grows with the number of examples', () => {
  const usual = (count: number): number => new NeighbourDistance(vectors(count, 2, 3)).neighbours;
  expect([1, 10, 100, 1000, 40_000].map(usual)).toEqual([1, 1, 3, 10, 50]);
});
test('features that do not fit are refused', () => {
  expect(() => new NeighbourDistance([])).toThrow('NeighbourDistance expects features of one length, got none.');
  expect(() => new NeighbourDistance([new Float32Array(2), new Float32Array(3)])).toThrow('got 2, 3.');
  expect(() => new NeighbourDistance(vectors(4, 2, 1), { neighbours: 5 })).toThrow(
    'expects "neighbours" to be an integer from 1 to the 4 known examples, got 5.',
  );
  expect(() => new NeighbourDistance(vectors(4, 2, 1)).of(new Float32Array(3))).toThrow(
    'Known examples have 2 features, but this one has 3.',
  );
});
