import { Random } from '@graft/tensor';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type ImageHash, nearDuplicates, similarPairs } from './index.ts';

const ones = (bits: number): number => (bits >>> 0).toString(2).replaceAll('0', '').length;
const every = (hashes: readonly (ImageHash | undefined)[], within: number): string[] =>
  hashes.flatMap((b, second) =>
    hashes.slice(0, second).flatMap((a, first) => {
      const distance = a && b ? ones(a[0] ^ b[0]) + ones(a[1] ^ b[1]) : Infinity;
      return distance <= within ? [`${first} ${second} ${distance}`] : [];
    }),
  );
/** Hashes of which many differ in few bits. */
const hash = fc
  .tuple(
    fc.constantFrom(0, 0xffffffff, 0x12345678),
    fc.constantFrom(0, 0x9abcdef0),
    fc.array(fc.nat(63), { maxLength: 7 }),
  )
  .map(([upper, lower, flips]): ImageHash => {
    const halves = [upper, lower];
    for (const bit of flips) halves[bit >> 5]! ^= 1 << (bit & 31);
    return [halves[0]! >>> 0, halves[1]! >>> 0];
  });

test('finds the pairs that comparing all of them finds, each once', () => {
  fc.assert(
    fc.property(
      fc.array(fc.option(hash, { nil: undefined }), { maxLength: 40 }),
      fc.integer({ min: 0, max: 64 }),
      (hashes, within) => {
        const found = nearDuplicates(hashes, within).map(
          ({ first, second, distance }) => `${first} ${second} ${distance}`,
        );
        expect(found.toSorted()).toEqual(every(hashes, within).toSorted());
        expect(new Set(found).size).toBe(found.length);
      },
    ),
  );
});
test('50,000 different hashes need few comparisons, and a limit ends the search among equal ones', () => {
  const random = new Random(1);
  const hashes = Array.from({ length: 50_000 }, (): ImageHash => [random.bits(), random.bits()]);
  const work = { left: 1e9 };
  expect([...similarPairs(hashes, 5, work)]).toEqual([]);
  expect(1e9 - work.left).toBeLessThan(8e6); // all pairs are 1.25e9
  const bounded = { left: 1000 };
  expect([...similarPairs(Array<ImageHash>(50_000).fill([1, 2]), 5, bounded)]).toHaveLength(1000);
  expect(bounded.left).toBeLessThan(0);
});
