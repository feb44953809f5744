// @ts-check
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { decodeSafetensors } from '@graft/layers';
import { refused, works } from '../case.mjs';

/** @typedef {import('../case.mjs').Case} Case */

/** The bytes of a safetensors file. @param {unknown} header text, or a value for JSON @param {number | Uint8Array} [data] @param {bigint} [length] what it says the length of the header is */
export function safetensorsOf(header, data = 16, length) {
  const text = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header));
  const size = Buffer.alloc(8);
  size.writeBigUInt64LE(length ?? BigInt(text.length));
  return Buffer.concat([size, text, typeof data === 'number' ? Buffer.alloc(data, 1) : data]);
}
const entry = (/** @type {unknown} */ shape, /** @type {unknown} */ offsets, dtype = 'F32') => ({
  dtype,
  shape,
  data_offsets: offsets,
});

/** @param {string} name @param {() => Uint8Array} make @param {import('../case.mjs').Outcome} outcome @param {Partial<Case>} [more] @returns {Case} */
const one = (name, make, outcome, more = {}) => ({
  name,
  file: 'w.safetensors',
  files: (folder) => writeFileSync(join(folder, 'w.safetensors'), make()),
  read(folder, work) {
    const bytes = new Uint8Array(readFileSync(join(folder, 'w.safetensors')));
    const { tensors, metadata } = decodeSafetensors(bytes, '"w.safetensors"');
    for (const { data } of tensors.values()) work({ bytes: data.byteLength });
    return `${[...tensors.keys()].join(', ')}; ${Object.keys(metadata).join(', ')}`;
  },
  outcome,
  ...more,
});

const wrong = refused(/^Not a valid safetensors file/);
/** @type {readonly Case[]} */
export const safetensors = [
  one('as it should be', () => safetensorsOf({ a: entry([4], [0, 16]) }), works(/^a;/)),
  one('empty', () => Buffer.alloc(0), wrong),
  one('seven bytes', () => Buffer.alloc(7), wrong),
  one('zeros', () => Buffer.alloc(1000), wrong),
  one('a header of 2^64−1 bytes', () => safetensorsOf({}, 16, 2n ** 64n - 1n), wrong),
  one('a header of 2^53+1 bytes', () => safetensorsOf({}, 16, 2n ** 53n + 1n), wrong),
  one('a header longer than the file', () => safetensorsOf({}, 16, 1000n), wrong),
  one(
    'a header that is not UTF-8',
    () => safetensorsOf(Buffer.from([0x7b, 0xff, 0x7d]).toString('latin1'), 16, 3n),
    wrong,
  ),
  one('a header that is a list', () => safetensorsOf([]), wrong),
  one('a header that is null', () => safetensorsOf('null'), wrong),
  one('a header of five million brackets', () => safetensorsOf('['.repeat(5e6)), wrong),
  one('a header of nested objects', () => safetensorsOf(`{"a":${'{"b":'.repeat(5000)}1${'}'.repeat(5000)}}`), wrong),
  one('an entry that is null', () => safetensorsOf({ a: null }), wrong),
  one('an entry that is a number', () => safetensorsOf({ a: 5 }), wrong),
  one('an unknown data type', () => safetensorsOf({ a: entry([4], [0, 16], 'F31') }), wrong),
  one('a data type named constructor', () => safetensorsOf({ a: entry([4], [0, 16], 'constructor') }), wrong),
  one('a shape that is a text', () => safetensorsOf({ a: entry('4', [0, 16]) }), wrong),
  one('a shape of fractions', () => safetensorsOf({ a: entry([1.5], [0, 6]) }), wrong),
  one('a shape of negative sizes', () => safetensorsOf({ a: entry([-2, -2], [0, 16]) }), wrong),
  one('a shape that overflows 2^53', () => safetensorsOf({ a: entry([2 ** 26, 2 ** 27], [0, 16]) }), wrong),
  one(
    'a shape of 2^53−1 twice and 0',
    () => safetensorsOf({ a: entry([2 ** 53 - 1, 2 ** 53 - 1, 0], [0, 0]) }, 0),
    works(),
  ),
  one('a shape whose product is rounded', () => safetensorsOf({ a: entry([94_906_267, 94_906_267], [0, 16]) }), wrong),
  one(
    'a shape of a hundred thousand ones',
    () => safetensorsOf({ a: entry(Array(100_000).fill(1), [0, 4]) }, 4),
    wrong,
  ),
  one('offsets that overlap', () => safetensorsOf({ a: entry([4], [0, 16]), b: entry([4], [0, 16]) }), wrong),
  one(
    '2,000 tensors of the same megabyte',
    () =>
      safetensorsOf(
        Object.fromEntries(Array.from({ length: 2000 }, (_, i) => [`t${i}`, entry([2 ** 18], [0, 2 ** 20])])),
        2 ** 20,
      ),
    wrong,
    { heavy: true },
  ),
  one('a hole between two tensors', () => safetensorsOf({ a: entry([2], [0, 8]), b: entry([1], [12, 16]) }), wrong),
  one('bytes after the last tensor', () => safetensorsOf({ a: entry([2], [0, 8]) }), wrong),
  one('offsets after the end', () => safetensorsOf({ a: entry([4], [8, 24]) }), wrong),
  one('offsets in the wrong order', () => safetensorsOf({ a: entry([4], [16, 0]) }), wrong),
  one('negative offsets', () => safetensorsOf({ a: entry([4], [-16, 0]) }), wrong),
  one('three offsets', () => safetensorsOf({ a: entry([4], [0, 16, 16]) }), wrong),
  one(
    'the same name twice',
    () =>
      safetensorsOf(
        '{"a":{"dtype":"F32","shape":[4],"data_offsets":[0,16]},"a":{"dtype":"F32","shape":[2],"data_offsets":[8,16]}}',
      ),
    wrong,
  ),
  one(
    'a tensor named __proto__',
    () => safetensorsOf('{"__proto__":{"dtype":"F32","shape":[4],"data_offsets":[0,16]}}'),
    works(/^__proto__;/),
  ),
  one('metadata that is null', () => safetensorsOf({ __metadata__: null, a: entry([4], [0, 16]) }), works()),
  one('metadata that is a list', () => safetensorsOf({ __metadata__: [1, 2], a: entry([4], [0, 16]) }), wrong),
  one('metadata of objects', () => safetensorsOf({ __metadata__: { a: { b: 1 } }, a: entry([4], [0, 16]) }), wrong),
  one('booleans of 7', () => safetensorsOf({ a: entry([4], [0, 4], 'BOOL') }, Buffer.of(7, 0, 255, 1)), wrong),
  one(
    'a header that begins with a space',
    () => safetensorsOf(' {"a":{"dtype":"F32","shape":[4],"data_offsets":[0,16]}}'),
    wrong,
  ),
];
