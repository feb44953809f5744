// @ts-check
import { varint } from '../../audit/wire.mjs';

/** @typedef {import('../damage.mjs').Pick} Pick */
/** @typedef {{ bytes: Uint8Array, others: readonly Uint8Array[], words: readonly Uint8Array[], pick: Pick }} Around an input, the rest of the corpus, texts that its reader knows */

/** Longest input that mutations make. */
const longest = 16_384;

/** Applies one to six mutations. @param {Around} around @returns {Uint8Array} */
export function mutate({ bytes, others, words, pick }) {
  let mutated = bytes;
  for (let i = pick(2) ? 0 : pick(6); i >= 0; i--) {
    const change = /** @type {(around: Around) => Uint8Array} */ (changes[pick(changes.length)]);
    mutated = change({ bytes: mutated, others, words, pick });
  }
  return mutated.length > longest ? mutated.slice(0, longest) : mutated;
}

const one = (/** @type {readonly any[]} */ list, /** @type {Pick} */ pick) => list[pick(list.length)];
const interesting = [
  0,
  1,
  2,
  7,
  8,
  16,
  32,
  64,
  100,
  127,
  128,
  255,
  256,
  512,
  1000,
  1024,
  4096,
  32_767,
  32_768,
  65_535,
  65_536,
  2 ** 24,
  2 ** 31 - 1,
  2 ** 31,
  2 ** 32 - 1,
  2 ** 32,
  2 ** 53 - 1,
  2 ** 53,
  1e9,
  -1,
  -2,
  -128,
  -129,
  -(2 ** 31),
];
const numerals = ['-0', '1e999', '-1e999', '0.5', '1e-400', '0x10', '1e3', '9007199254740993', '99999999999999999999'];

/** Replaces a part of an input. @param {Uint8Array} bytes @param {number} at @param {number} removed @param {Uint8Array} part */
function replaced(bytes, at, removed, part) {
  const end = Math.min(bytes.length, at + removed);
  const made = new Uint8Array(at + part.length + bytes.length - end);
  made.set(bytes.subarray(0, at));
  made.set(part, at);
  made.set(bytes.subarray(end), at + part.length);
  return made;
}
/** A length of a block: mostly short. @param {Pick} pick @param {number} most */
const blockLength = (pick, most) => 1 + pick(Math.max(1, Math.min(most, 2 ** (1 + pick(9)))));
/** An integer of 1 to 8 bytes. @param {number | bigint} value @param {number} width @param {boolean} little */
function integer(value, width, little) {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigInt64(0, BigInt.asIntN(64, BigInt(value)), little);
  return little ? bytes.slice(0, width) : bytes.slice(8 - width);
}
/** Places of numbers in decimal digits. @param {Uint8Array} bytes @returns {[start: number, length: number][]} */
function decimals(bytes) {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
  return Array.from(text.matchAll(/-?\d[\d.eE+-]*/g), ({ 0: digits, index }) => [index, digits.length]);
}

/** @type {readonly ((around: Around) => Uint8Array)[]} */
const changes = [
  // bits, bytes
  ({ bytes, pick }) => {
    const copy = bytes.slice();
    if (copy.length) {
      const at = pick(copy.length);
      copy[at] = /** @type {number} */ (copy[at]) ^ (1 << pick(8));
    }
    return copy;
  },
  ({ bytes, pick }) => {
    const copy = bytes.slice();
    if (copy.length) copy[pick(copy.length)] = pick(256);
    return copy;
  },
  // arithmetic
  ({ bytes, pick }) => {
    const width = one([1, 2, 4], pick);
    if (bytes.length < width) return bytes;
    const copy = bytes.slice();
    const view = new DataView(copy.buffer);
    const at = pick(copy.length - width + 1);
    const change = pick(71) - 35;
    const little = pick(2) === 1;
    if (width === 1) view.setUint8(at, view.getUint8(at) + change);
    else if (width === 2) view.setUint16(at, view.getUint16(at, little) + change, little);
    else view.setUint32(at, view.getUint32(at, little) + change, little);
    return copy;
  },
  // integers that lie at limits
  ({ bytes, pick }) => {
    const width = one([1, 2, 4, 8], pick);
    return replaced(
      bytes,
      pick(bytes.length + 1),
      pick(8) ? width : 0,
      integer(one(interesting, pick), width, pick(2) === 1),
    );
  },
  // lengths: of the rest of the input, or absurd
  ({ bytes, pick }) => {
    const at = pick(bytes.length + 1);
    const rest = bytes.length - at;
    const length = one([rest, rest - 1, rest + 1, pick(rest + 1), one(interesting, pick)], pick);
    return replaced(bytes, at, one([0, 1, 1, 2], pick), varint(length));
  },
  // a message of protobuf, wrapped in a field
  ({ bytes, pick }) => {
    const at = pick(bytes.length + 1);
    const part = bytes.slice(at, at + blockLength(pick, bytes.length - at));
    const field = varint(((1 + pick(26)) << 3) | 2);
    return replaced(bytes, at, pick(2) ? part.length : 0, Buffer.concat([field, varint(part.length), part]));
  },
  // decimal numbers
  ({ bytes, pick }) => {
    const places = decimals(bytes);
    if (!places.length) return bytes;
    const [at, length] = one(places, pick);
    const text = pick(3) ? String(one(interesting, pick)) : one(numerals, pick);
    return replaced(bytes, at, length, Buffer.from(text));
  },
  // blocks
  ({ bytes, pick }) => replaced(bytes, pick(bytes.length + 1), blockLength(pick, bytes.length), new Uint8Array()),
  ({ bytes, pick }) => {
    const from = pick(bytes.length + 1);
    return replaced(bytes, pick(bytes.length + 1), 0, bytes.slice(from, from + blockLength(pick, bytes.length)));
  },
  ({ bytes, pick }) => {
    const from = pick(bytes.length + 1);
    const part = bytes.slice(from, from + blockLength(pick, bytes.length));
    return replaced(bytes, pick(bytes.length + 1), part.length, part);
  },
  ({ bytes, pick }) => {
    const from = pick(bytes.length + 1);
    const part = bytes.slice(from, from + 1 + pick(40));
    return replaced(bytes, from, 0, Buffer.concat(Array(2 ** (1 + pick(7))).fill(part)));
  },
  ({ bytes, pick }) => bytes.slice(0, pick(bytes.length + 1)),
  // other inputs
  ({ bytes, others, pick }) => {
    const other = one(others, pick);
    const from = pick(other.length + 1);
    const part = other.slice(from, from + blockLength(pick, other.length));
    return replaced(bytes, pick(bytes.length + 1), pick(2) ? part.length : 0, part);
  },
  ({ bytes, others, pick }) => {
    const other = one(others, pick);
    return Buffer.concat([bytes.subarray(0, pick(bytes.length + 1)), other.subarray(pick(other.length + 1))]);
  },
  // texts that the reader knows
  ({ bytes, words, pick }) => replaced(bytes, pick(bytes.length + 1), 0, one(words, pick)),
  ({ bytes, words, pick }) => {
    const word = one(words, pick);
    return replaced(bytes, pick(bytes.length + 1), word.length, word);
  },
];

/** Changes a value somewhere in a JSON file; the bytes of anything else. @param {Around} around @returns {Uint8Array} */
export function mutateJson({ bytes, others, words, pick }) {
  /** @type {unknown} */
  let root;
  /** @type {unknown} */
  let other;
  try {
    root = JSON.parse(new TextDecoder().decode(bytes));
    other = JSON.parse(new TextDecoder().decode(one(others, pick)));
  } catch {
    return mutate({ bytes, others, words, pick });
  }
  const word = () => new TextDecoder().decode(one(words, pick));
  const strange = () =>
    one(
      [
        null,
        true,
        [],
        {},
        '',
        word(),
        one(interesting, pick),
        one(interesting, pick) / 3,
        [word()],
        { [word()]: word() },
        '\u0000',
        '../x',
        '\n',
        'x'.repeat(1 + pick(2000)),
        structuredClone(one(placesIn(other), pick).value), // a value that contained itself could not be written
      ],
      pick,
    );
  for (let i = pick(3); i >= 0; i--) {
    const { holder, key, value } = one(placesIn(root), pick);
    const kind = pick(5);
    if (!holder) root = kind ? root : strange();
    else if (kind === 0 && Array.isArray(holder)) holder.splice(key, pick(2), strange());
    else if (kind === 0) delete holder[key];
    else if (kind === 1 && Array.isArray(value)) value.push(strange());
    else if (kind === 1 && typeof value === 'object' && value !== null) value[word()] = strange();
    else if (kind === 2) holder[key] = pick(2) ? [value] : { [word()]: value };
    else holder[key] = strange();
  }
  const text = JSON.stringify(root) ?? '';
  return Buffer.from(text.length > longest ? text.slice(0, longest) : text);
}

/** All values in a value from JSON, with what holds them. @param {unknown} root @returns {{ holder?: any, key?: any, value: any }[]} */
function placesIn(root) {
  /** @type {{ holder?: any, key?: any, value: any }[]} */
  const found = [{ value: root }];
  for (const { value } of found)
    if (typeof value === 'object' && value !== null)
      for (const key of Object.keys(value)) found.push({ holder: value, key, value: value[key] });
  return found;
}

/** Corrects the checksums of a tar archive. @param {Uint8Array} bytes */
export function withTarChecksums(bytes) {
  const copy = bytes.slice();
  for (let at = 0; at + 512 <= copy.length;) {
    const header = copy.subarray(at, at + 512);
    if (header.every((byte) => byte === 0)) break;
    header.fill(0x20, 148, 156);
    header.set(
      Buffer.from(
        `${header
          .reduce((sum, byte) => sum + byte, 0)
          .toString(8)
          .padStart(6, '0')}\0 `,
      ),
      148,
    );
    const size = Number.parseInt(Buffer.from(header.subarray(124, 136)).toString('latin1'), 8) || 0;
    at += 512 + Math.ceil(Math.min(Math.max(0, size), copy.length) / 512) * 512;
  }
  return copy;
}

/** Corrects the length of the header of a safetensors file. @param {Uint8Array} bytes */
export function withHeaderLength(bytes) {
  const end = bytes.lastIndexOf(0x7d); // }
  if (end < 8) return bytes;
  const copy = bytes.slice();
  new DataView(copy.buffer).setBigUint64(0, BigInt(end + 1 - 8), true);
  return copy;
}
