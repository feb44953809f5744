import type { Fingerprint } from '../modality.ts';

/** Least number of letters and digits of a text that is unlikely to be written twice by chance. */
const leastLetters = 24;
/** Number of letters and digits that are compared: longer texts that begin with so many equal ones are the same. */
const mostLetters = 4096;

/** The letters and digits of a text in lower case, without spaces, punctuation and differences in the encoding of characters. */
const lettersOf = (text: string): string =>
  text
    .slice(0, 2 * mostLetters)
    .normalize('NFKC')
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}]+/gu, '')
    .slice(0, mostLetters);

/** A hash that is the same for texts that differ in case, spaces and punctuation alone; undefined for a short one. */
export function textFingerprint(text: string): Fingerprint | undefined {
  const letters = lettersOf(text);
  return letters.length < leastLetters ? undefined : [hash(letters, 0x811c9dc5), hash(letters, 0x2b4f9e63)];
}

/** Whether two texts differ in case, spaces and punctuation alone. */
export const readsSame = (one: string, other: string): boolean => lettersOf(one) === lettersOf(other);

/** FNV-1a over UTF-16 code units. */
function hash(text: string, basis: number): number {
  let value = basis;
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193);
  return value >>> 0;
}
