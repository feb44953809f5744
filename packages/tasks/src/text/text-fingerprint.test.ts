import { expect, test } from 'vitest';
import { readsSame, textFingerprint } from './text-fingerprint.ts';

const text = 'A film that I would gladly watch again.';

test.each([
  'a FILM that I would gladly watch again',
  '  A film, that I would gladly\nwatch again!!! ',
  'Ａ film that I would gladly watch again.', // a full-width letter
])('%j is the same text', (other) => {
  expect(textFingerprint(other)).toEqual(textFingerprint(text));
  expect(readsSame(text, other)).toBe(true);
});
test('other letters are another text', () => {
  const other = 'A film that I would sadly watch again.';
  expect(textFingerprint(other)).not.toEqual(textFingerprint(text));
  expect(textFingerprint(other)![0]).not.toBe(textFingerprint(other)![1]);
  expect(readsSame(text, other)).toBe(false);
});
test('short texts are often written twice, so they have none', () => {
  expect(textFingerprint('I liked it very much!')).toBeUndefined();
  expect(textFingerprint('…'.repeat(200))).toBeUndefined();
});
