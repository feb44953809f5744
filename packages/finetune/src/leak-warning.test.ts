import { expect, test } from 'vitest';
import { leakWarning } from './leak-warning.ts';

/** Numbers whose hashes differ in many bits. */
const hashOf = (code: number): readonly [number, number] => [
  Math.imul(code, 0x9e3779b1) >>> 0,
  Math.imul(code, 0x85ebca6b) >>> 0,
];

/** Examples by their contents; those of the same letter look the same, whatever its case. */
const warning = (trained: string, heldOut: string): Promise<string | undefined> =>
  leakWarning({
    trained: Array.from(trained).map((_, i) => i),
    heldOut: Array.from(heldOut).map((_, i) => trained.length + i),
    digests: new Map(Array.from(trained + heldOut).map((content, i) => [i, content])),
    fingerprints: new Map(
      Array.from(trained + heldOut).map((letter, i) => [i, hashOf(letter.toLowerCase().charCodeAt(0))]),
    ),
    looksSame: async () => true,
    nameOf: (index) => `${index}.png`,
    one: 'image',
    score: 'accuracy',
  });

test('nothing is said without duplicates across the split', async () => {
  expect(await warning('aab', 'dde')).toBeUndefined();
  expect(
    await leakWarning({
      trained: [0],
      heldOut: [1],
      digests: new Map(),
      fingerprints: new Map(),
      looksSame: async () => true,
      nameOf: String,
      one: 'text',
      score: 'f1',
    }),
  ).toBe(undefined);
});
test('held-out examples are counted, not their contents', async () => {
  expect(await warning('abc', 'da')).toBe(
    '1 validation image is also in the training set under another name, which makes the accuracy too optimistic: "0.png" and "4.png". Remove the duplicates.',
  );
  expect(await warning('aab', 'baa')).toBe(
    '3 validation images, with 2 different contents, are also in the training set under another name, which makes the accuracy too optimistic: "2.png" and "3.png" …. Remove the duplicates.',
  );
  expect(await warning('a', 'aaaa')).toContain('4 validation images, with 1 different content, are also');
  expect(await warning('ab', 'ab')).toContain('2 validation images are also');
});
test('nearly the same examples are named, too', async () => {
  expect(await warning('abc', 'dA')).toBe(
    '1 validation image is nearly the same as one of the training set, which makes the accuracy too optimistic: "0.png" and "4.png". Remove the duplicates, or keep them on one side.',
  );
  expect(await warning('ab', 'BAA')).toMatch(/^3 validation images are nearly the same as one of the training set/);
  expect(await warning('ab', 'aBd')).toBe(
    '1 validation image is also in the training set under another name, which makes the accuracy too optimistic: "0.png" and "2.png"; 1 validation image is nearly the same: "1.png" and "3.png". Remove the duplicates.',
  );
  // Within one side they are no leak.
  expect(await warning('aAb', 'cCd')).toBeUndefined();
});
