// @ts-check
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parquetRows } from '@graft/data/node';
import { refused, works } from '../case.mjs';

/** @typedef {import('../case.mjs').Case} Case */
/** @typedef {number | bigint | string | boolean | Uint8Array | readonly unknown[] | Fields} Value of a field; a number has 32 bits, a bigint 64 */
/** @typedef {{ readonly [id: number]: Value | undefined }} Fields of a structure, by their numbers */

/** A case with one file. @param {string} name @param {() => Uint8Array} make @param {import('../case.mjs').Outcome} outcome @param {Partial<Case>} [more] @returns {Case} */
const one = (name, make, outcome, more = {}) => ({
  name,
  file: 'train.parquet',
  files: (folder) => writeFileSync(join(folder, 'train.parquet'), make()),
  async read(folder, work) {
    let rows = 0;
    for await (const row of parquetRows(join(folder, 'train.parquet'))) {
      work({ steps: 1 });
      if (Object.getPrototypeOf(row) !== Object.prototype) throw new Error('"a row" lost its prototype.');
      rows++;
    }
    return `${rows} rows`;
  },
  outcome,
  ...more,
});

const broken = refused(/cannot be read as Parquet/);

/** A file with that metadata. @param {Uint8Array} metadata @param {Uint8Array} [pages] */
const around = (metadata, pages = Buffer.alloc(0)) => {
  const length = Buffer.alloc(4);
  length.writeUInt32LE(metadata.length);
  return Buffer.concat([Buffer.from('PAR1'), pages, metadata, length, Buffer.from('PAR1')]);
};

/** @param {bigint} value */
function varint(value) {
  const bytes = [];
  for (; value > 127n; value >>= 7n) bytes.push(Number(value & 127n) | 128);
  return Buffer.from([...bytes, Number(value)]);
}
const zigzag = (/** @type {number | bigint} */ value) =>
  varint(BigInt.asUintN(64, (BigInt(value) << 1n) ^ (BigInt(value) >> 63n)));

/** Thrift's compact protocol. @param {Fields} fields @returns {Buffer} */
const structure = (fields) =>
  Buffer.concat([
    ...Object.entries(fields)
      .filter(([, value]) => value !== undefined)
      .flatMap(([id, value]) => [Buffer.from([kindOf(value)]), zigzag(Number(id)), element(value)]),
    Buffer.from([0]),
  ]);
const kindOf = (/** @type {unknown} */ value) =>
  typeof value === 'boolean'
    ? value ? 1 : 2
    : typeof value === 'number' ? 5
    : typeof value === 'bigint' ? 6
    : typeof value === 'string' || value instanceof Uint8Array ? 8
    : Array.isArray(value) ? 9
    : 12; // prettier-ignore
/** @param {unknown} value @returns {Buffer} */
function element(value) {
  if (typeof value === 'boolean') return Buffer.alloc(0);
  if (typeof value === 'number' || typeof value === 'bigint') return zigzag(value);
  if (typeof value === 'string' || value instanceof Uint8Array)
    return Buffer.concat([varint(BigInt(Buffer.from(value).length)), Buffer.from(value)]);
  if (Array.isArray(value))
    return Buffer.concat([Buffer.from([0xf0 | kindOf(value[0])]), varint(BigInt(value.length)), ...value.map(element)]);
  return structure(/** @type {Fields} */ (value));
}

const [int32, int64, texts, fixed] = [1, 2, 6, 7];
const [plain, plainDictionary, deltas, deltaTexts, split] = [0, 2, 5, 7, 9];
const uint32 = (/** @type {number} */ value) => Buffer.from(new Uint32Array([value]).buffer);
/** A page of version 1. @param {number} values @param {number} encoding @param {Uint8Array} content @param {{ stored?: number, full?: number }} [sizes] */
const page = (values, encoding, content, { stored = content.length, full = content.length } = {}) =>
  Buffer.concat([structure({ 1: 0, 2: full, 3: stored, 5: { 1: values, 2: encoding, 3: 3, 4: 3 } }), content]);
/** A page of a dictionary. @param {number} values @param {Uint8Array} content */
const dictionary = (values, content) =>
  Buffer.concat([structure({ 1: 2, 2: content.length, 3: content.length, 7: { 1: values, 2: plain } }), content]);

/**
 * A table of one column.
 * @param {{ pages?: Uint8Array, rows?: bigint, type?: number, length?: number, optional?: boolean, name?: string, codec?: number, offset?: bigint, size?: bigint, logical?: Fields, converted?: number, statistics?: Fields, groups?: number, columns?: number, claimed?: boolean }} options
 */
function table({
  pages = page(2, plain, uint32(1).subarray(0)),
  rows = 2n,
  type = int32,
  length,
  optional = false,
  name = 'label',
  codec = 0,
  offset = 4n,
  size = BigInt(pages.length),
  logical,
  converted,
  statistics,
  groups = 1,
  columns = 1,
}) {
  const names = Array.from({ length: columns }, (_, i) => (columns > 1 ? `${name}${i}` : name));
  const column = (/** @type {string} */ path) => ({
    2: offset,
    3: { 1: type, 2: [plain], 3: [path], 4: codec, 5: rows, 6: size, 7: size, 9: offset, 12: statistics },
  });
  return around(
    structure({
      1: 2,
      2: [
        { 4: 'root', 5: columns },
        ...names.map((one) => ({ 1: type, 2: length, 3: optional ? 1 : 0, 4: one, 6: converted, 10: logical })),
      ],
      3: rows,
      4: Array.from({ length: groups }, () => ({ 1: names.map(column), 2: size, 3: rows })),
    }),
    pages,
  );
}
const two = Buffer.concat([uint32(1), uint32(2)]);
/** Levels of one run. @param {bigint} count @param {number} level */
const levels = (count, level) => {
  const run = Buffer.concat([varint(count << 1n), Buffer.from([level])]);
  return Buffer.concat([uint32(run.length), run]);
};
/** Deltas that are all equal. @param {number} count @param {number} first @param {number} delta @param {number} [block] */
const equalDeltas = (count, first, delta, block = 65_536) =>
  Buffer.concat([
    varint(BigInt(block)),
    varint(1n),
    varint(BigInt(count)),
    zigzag(first),
    ...Array.from({ length: Math.ceil(count / block) }, () => Buffer.concat([zigzag(delta), Buffer.from([0])])),
  ]);

/** @type {readonly Case[]} */
export const parquet = [
  one('empty', () => Buffer.alloc(0), broken),
  one('metadata of 4 GiB', () => Buffer.from(`50415231ffffffff50415231`, 'hex'), broken),
  one('metadata of zeros', () => around(Buffer.alloc(100)), broken),
  one('metadata of ones', () => around(Buffer.alloc(100, 0xff)), broken),
  one('a list of 2^31 row groups', () => around(Buffer.from('1504190c1600f9ffffffff0f', 'hex')), broken),
  one('noise', () => around(Buffer.from(Array.from({ length: 500 }, (_, i) => (i * 7919) & 255))), broken),
  one('a table', () => table({ pages: page(2, plain, two) }), works(/^2 rows/)),
  one('more rows than values', () => table({ pages: page(2, plain, two), rows: 100_000_000n }), broken),
  one('2^62 rows', () => table({ pages: page(2, plain, two), rows: 2n ** 62n }), broken),
  one('negative rows', () => table({ pages: page(2, plain, two), rows: -1n }), broken),
  one('2^31 values in a page', () => table({ pages: page(2 ** 31 - 1, plain, two), rows: 2n ** 31n - 1n }), broken),
  one('negative values in a page', () => table({ pages: page(-2, plain, two) }), broken),
  one(
    'a page of negative length, which is read forever',
    () => table({ pages: Buffer.concat([page(0, plain, two, { stored: -19 }), page(2, plain, two)]) }),
    broken,
  ),
  one('a page beyond its column', () => table({ pages: page(2, plain, two, { stored: 5000 }) }), broken),
  one('values of the next page', () => table({ pages: page(2, plain, uint32(1)), size: 60n }), broken),
  one('a column beyond the file', () => table({ pages: page(2, plain, two), offset: 2n ** 52n }), broken),
  one('a column of a negative offset', () => table({ pages: page(2, plain, two), offset: -5n }), broken),
  one('a column of 2^62 bytes', () => table({ pages: page(2, plain, two), size: 2n ** 62n }), broken),
  one(
    'a compression of 2 GiB from 8 bytes',
    () => table({ pages: page(2, plain, two, { full: 2 ** 31 - 1 }), codec: 1 }),
    broken,
  ),
  one(
    'an unknown compression',
    () => table({ pages: page(2, plain, two), codec: 2 }),
    refused(/GZIP is not supported/),
  ),
  one(
    'a run of 2^30 levels',
    () => table({ pages: page(2, plain, Buffer.concat([levels(2n ** 30n, 1), two])), optional: true }),
    broken,
  ),
  one('levels beyond their page', () => table({ pages: page(2, plain, uint32(2 ** 31)), optional: true }), broken),
  one(
    'a million nulls of few bytes, which is common',
    () => table({ pages: page(15_000, plain, levels(15_000n, 0)), rows: 15_000n, optional: true }),
    works(/^15000 rows/),
  ),
  one(
    'a billion nulls of few bytes',
    () => table({ pages: page(10 ** 9, plain, levels(10n ** 9n, 0)), rows: 10n ** 9n, optional: true }),
    broken,
  ),
  one(
    '2000 columns of a million nulls each',
    () => table({ pages: page(10 ** 6, plain, levels(10n ** 6n, 0)), rows: 10n ** 6n, optional: true, columns: 2000 }),
    broken,
  ),
  one(
    '30 row groups of a million nulls each',
    () => table({ pages: page(10 ** 6, plain, levels(10n ** 6n, 0)), rows: 10n ** 6n, optional: true, groups: 30 }),
    broken,
    { heavy: true, budget: { steps: 2 ** 25 } },
  ),
  one('20,000 columns', () => table({ pages: page(2, plain, two), columns: 20_000 }), refused(/columns/)),
  one(
    'an index beyond the dictionary',
    () => table({ pages: Buffer.concat([dictionary(2, two), page(2, plainDictionary, Buffer.from([3, 4, 7]))]) }),
    broken,
  ),
  one(
    'bit-packed indexes of no bits, 2^29 of them',
    () =>
      table({
        pages: Buffer.concat([
          dictionary(2, two),
          page(2, plainDictionary, Buffer.concat([Buffer.from([33]), varint(2n ** 27n + 1n)])),
        ]),
      }),
    broken,
  ),
  one('a dictionary of 2^31 values', () => table({ pages: dictionary(2 ** 31 - 1, two) }), broken),
  one('a text of 4 GiB', () => table({ pages: page(2, plain, uint32(2 ** 32 - 1)), type: texts }), broken),
  one('fixed texts of 2 GiB', () => table({ pages: page(2, split, two), type: fixed, length: 2 ** 31 - 1 }), broken),
  one(
    'deltas whose blocks have no values',
    () => table({ pages: page(2, deltas, Buffer.from([0, 1, 2, 0, 0, 0, 0, 0])) }),
    broken,
  ),
  one(
    'a number of a million bytes',
    () =>
      table({
        pages: page(2, deltas, Buffer.concat([Buffer.from([128, 1, 4, 2]), Buffer.alloc(10 ** 6, 0x80)])),
        type: int64,
      }),
    broken,
  ),
  one(
    'texts that each repeat the one before: 2 GiB of 64 KiB',
    () =>
      table({
        pages: page(
          65_536,
          deltaTexts,
          Buffer.concat([equalDeltas(65_536, 0, 1), equalDeltas(65_536, 1, 0), Buffer.alloc(65_536, 97)]),
        ),
        rows: 65_536n,
        type: texts,
      }),
    broken,
  ),
  one(
    'a decimal number of a million digits',
    () =>
      table({
        pages: page(1, plain, Buffer.concat([uint32(10 ** 6), Buffer.alloc(10 ** 6, 9)])),
        rows: 1n,
        type: texts,
        converted: 5,
      }),
    broken,
  ),
  one(
    'statistics that are a number of a million digits',
    () =>
      table({
        pages: page(2, plain, two),
        type: fixed,
        length: 4,
        converted: 5,
        statistics: { 5: Buffer.alloc(10 ** 6, 9) },
      }),
    broken,
  ),
  one(
    'metadata with a number of a million bytes',
    () => around(Buffer.concat([Buffer.from([0x16]), Buffer.alloc(10 ** 6, 0x80)])),
    broken,
  ),
  one('metadata nested 100,000 deep', () => around(Buffer.alloc(100_000, 0x1c)), broken),
  one('a column __proto__', () => table({ pages: page(2, plain, two), name: '__proto__' }), refused(/__proto__/)),
  one('a column constructor', () => table({ pages: page(2, plain, two), name: 'constructor' }), works(/^2 rows/)),
  one(
    'a map of geometry with 2^32 points',
    () => {
      const point = Buffer.from([1, 2, 0, 0, 0, 255, 255, 255, 255]);
      return table({
        pages: page(1, plain, Buffer.concat([uint32(point.length), point])),
        rows: 1n,
        type: texts,
        logical: { 17: {} },
      });
    },
    works(/^1 rows/),
  ),
];
