import { expect, test } from 'vitest';
import { leakWarning } from './leak-warning.ts';

const warning = (trained: string, heldOut: string): string | undefined =>
  leakWarning({
    trained: Array.from(trained).map((_, i) => i),
    heldOut: Array.from(heldOut).map((_, i) => trained.length + i),
    digests: new Map(Array.from(trained + heldOut).map((content, i) => [i, content])),
    nameOf: (index) => `${index}.png`,
    one: 'image',
    score: 'accuracy',
  });

test('nothing is said without duplicates across the split', () => {
  expect(warning('aab', 'ccd')).toBeUndefined();
  expect(
    leakWarning({ trained: [0], heldOut: [1], digests: new Map(), nameOf: String, one: 'text', score: 'f1' }),
  ).toBe(undefined);
});
test('held-out examples are counted, not their contents', () => {
  expect(warning('abc', 'da')).toBe(
    '1 validation image is also in the training set under another name, which makes the accuracy too optimistic: "0.png" and "4.png". Remove the duplicates.',
  );
  expect(warning('aab', 'baa')).toBe(
    '3 validation images, with 2 different contents, are also in the training set under another name, which makes the accuracy too optimistic: "2.png" and "3.png" …. Remove the duplicates.',
  );
  expect(warning('a', 'aaaa')).toContain('4 validation images, with 1 different content, are also');
  expect(warning('ab', 'ab')).toContain('2 validation images are also');
});
