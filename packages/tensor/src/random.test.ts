import { expect, test } from 'vitest';
import { dropout, full, philox, Random } from './index.ts';

// Known answers of Random123's philox4x32-10 (kat_vectors, D. E. Shaw Research).
test.each([
  [
    [0, 0],
    [0, 0, 0, 0],
    [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8],
  ],
  [
    [0xffffffff, 0xffffffff],
    [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff],
    [0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd],
  ],
  [
    [0xa4093822, 0x299f31d0],
    [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344],
    [0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1],
  ],
] as const)('Philox known answer %#', (key, [a, b, c, d], expected) =>
  expect([...philox([...key], a, b, c, d, new Uint32Array(4))]).toEqual(expected),
);

test('the same keys give the same stream, independent of earlier draws', () => {
  const a = new Random(5);
  a.next();
  expect(a.fork('epoch', 3).next()).toBe(new Random(5).fork('epoch', 3).next());
  expect(a.fork('epoch', 3).next()).not.toBe(new Random(5).fork('epoch', 4).next());
  expect(new Random(5).next()).not.toBe(new Random(6).next());
});
test('uniform and normal numbers have their moments', () => {
  const random = new Random(1);
  const uniform = Array.from({ length: 20_000 }, () => random.next());
  const normal = Array.from({ length: 20_000 }, () => random.normal());
  const mean = (values: number[]): number => values.reduce((a, b) => a + b, 0) / values.length;
  expect(mean(uniform)).toBeCloseTo(0.5, 1.5);
  expect(mean(uniform.map((u) => (u - 0.5) ** 2))).toBeCloseTo(1 / 12, 2);
  expect(Math.abs(mean(normal))).toBeLessThan(0.03);
  expect(mean(normal.map((z) => z * z))).toBeCloseTo(1, 1);
});
test('shuffle is a permutation', () =>
  expect(new Random(2).shuffle([1, 2, 3, 4, 5]).toSorted((a, b) => a - b)).toEqual([1, 2, 3, 4, 5]));
test('dropout keeps the mean and drops the given fraction', () => {
  const y = dropout(full([10_000], 1), 0.3, new Random(3).key()).numbers();
  expect(y.filter((v) => v === 0).length / y.length).toBeCloseTo(0.3, 1);
  expect(new Set(y)).toEqual(new Set([0, Math.fround(1 / 0.7)]));
});
