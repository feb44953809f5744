/** Maximum nesting of structures and lists; Parquet's own has 12. */
const deepest = 32;
/** Bytes of a number at most: 64 bits in groups of seven. */
const longestNumber = 10;
/** Nesting from which texts are statistics of columns, and their maximum length: the library computes with them as numbers. */
const [statisticsDepth, longestStatistic] = [5, 2 ** 16];

/**
 * Checks one structure of Thrift's compact protocol: its numbers, texts and lists fit into the bytes, so decoding it takes work in proportion to them.
 * @returns the offset of its end
 * @throws an Error of a few words
 */
export function checkThrift(bytes: Uint8Array, start = 0): number {
  let at = start;
  const byte = (): number => {
    const value = bytes[at++];
    if (value === undefined) throw new Error('it ends in the middle of a structure');
    return value;
  };
  const number = (): number => {
    let value = 0;
    for (let i = 0; i < longestNumber; i++) {
      const next = byte();
      value += (next & 127) * 2 ** (7 * i);
      if (next < 128) return value;
    }
    throw new Error('a number in it has more than 64 bits');
  };
  const skip = (length: number): void => {
    if (length > bytes.length - at) throw new Error('it ends in the middle of a structure');
    at += length;
  };
  const element = (kind: number, depth: number, inList: boolean): void => {
    if (depth > deepest) throw new Error('its structures are nested too deeply');
    if (kind === 1 || kind === 2) skip(inList ? 1 : 0);
    else if (kind === 3) skip(1);
    else if (kind >= 4 && kind <= 6) number();
    else if (kind === 7) skip(8);
    else if (kind === 8) {
      const length = number();
      if (depth >= statisticsDepth && length > longestStatistic) throw new Error('its statistics are too long');
      skip(length);
    } else if (kind === 9) {
      const head = byte();
      const size = head >> 4 === 15 ? number() : head >> 4;
      if (size > bytes.length - at) throw new Error('it ends in the middle of a list');
      for (let i = 0; i < size; i++) element(head & 15, depth + 1, true);
    } else if (kind === 12) structure(depth + 1);
    else throw new Error('it has a value of an unknown kind');
  };
  const structure = (depth: number): void => {
    for (let head = byte(); head & 15; head = byte()) {
      if (head >> 4 === 0) number();
      element(head & 15, depth, false);
    }
  };
  structure(0);
  return at;
}
