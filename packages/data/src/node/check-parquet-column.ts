import type { ColumnMetaData, DataReader, Encoding, SchemaTree } from 'hyparquet';
import { checkThrift } from './check-thrift.ts';

/** The parts of the library that pages are checked with. */
export interface PageReaders {
  readonly parquetHeader: typeof import('hyparquet/src/column.js').parquetHeader;
  readonly readRleBitPackedHybrid: typeof import('hyparquet/src/encoding.js').readRleBitPackedHybrid;
  readonly deltaBinaryUnpack: typeof import('hyparquet/src/delta.js').deltaBinaryUnpack;
  readonly snappyUncompress: typeof import('hyparquet').snappyUncompress;
}

/** Bytes of decimal numbers at most; decoding takes work of their square. */
const longestDecimal = 256;
/** Snappy makes at most 64 bytes of 3. */
const [snappyRatio, snappySlack] = [22, 64];
/** Values that a last bit-packed run may have beyond those of its page. */
const longestPadding = 512;
const widths: Readonly<Record<string, number>> = { INT32: 4, FLOAT: 4, INT64: 8, DOUBLE: 8, INT96: 12 };

/**
 * Checks that the pages of a column hold the values that they claim, before the library decodes them: it believes the counts in the file, and allocates, repeats and loops as often as they say.
 * @param bytes the column's pages
 * @param rows of its row group
 * @param mostValues how many values it may have
 * @returns its number of values
 * @throws an Error of a few words
 */
export function checkParquetColumn(
  bytes: Uint8Array<ArrayBuffer>,
  { codec }: Pick<ColumnMetaData, 'codec'>,
  path: readonly SchemaTree[],
  { rows, mostValues, readers }: { rows: number; mostValues: number; readers: PageReaders },
): number {
  const own = path.slice(1).map(({ element }) => element.repetition_type);
  const maxRepetition = own.filter((type) => type === 'REPEATED').length;
  const maxDefinition = own.filter((type) => type !== 'REQUIRED').length;
  const reader: DataReader = { view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), offset: 0 };
  const element = path.at(-1)?.element;
  const flat = path.length === 2 && maxRepetition === 0;
  let values = 0;
  // The library reads as far, and leaves a last byte out.
  while (reader.offset < bytes.length - 1 && !(flat && values >= rows)) {
    checkThrift(bytes, reader.offset);
    const header = readers.parquetHeader(reader);
    const { compressed_page_size: stored, uncompressed_page_size: full } = header;
    if (!isCount(stored) || !isCount(full) || stored > bytes.length - reader.offset)
      throw new Error('a page in it is longer than its column');
    const content = bytes.subarray(reader.offset, reader.offset + stored);
    reader.offset += stored;
    const unpacked = (packed: Uint8Array<ArrayBuffer>, length: number): Uint8Array<ArrayBuffer> => {
      if (codec === 'UNCOMPRESSED') return packed;
      if (codec !== 'SNAPPY') throw new Error(`its compression ${codec ?? ''} is not supported; use Snappy or none`);
      if (length > snappyRatio * packed.length + snappySlack) throw new Error('a page in it is shorter than it says');
      const output = new Uint8Array(length);
      readers.snappyUncompress(packed, output);
      return output;
    };
    const check = (content: Uint8Array<ArrayBuffer>): PageCheck =>
      new PageCheck(content, readers, element?.type ?? '', {
        fixed: element?.type_length ?? 0,
        decimal: element?.converted_type === 'DECIMAL',
      });
    const count = (claimed: number): number => {
      if (!isCount(claimed)) throw new Error('a page in it has no valid number of values');
      values += claimed;
      if (values > mostValues) throw new Error('it has more values than its size allows');
      return claimed;
    };
    const { data_page_header: v1, data_page_header_v2: v2, dictionary_page_header: dictionary } = header;
    if (header.type === 'DICTIONARY_PAGE' && dictionary) {
      if (!isCount(dictionary.num_values)) throw new Error('a page in it has no valid number of values');
      check(unpacked(content, full)).plain(dictionary.num_values);
    } else if (header.type === 'DATA_PAGE' && v1) {
      const total = count(v1.num_values);
      const page = check(unpacked(content, full));
      if (maxRepetition) page.levels(maxRepetition, total);
      page.values(v1.encoding, maxDefinition ? page.levels(maxDefinition, total) : total);
    } else if (header.type === 'DATA_PAGE_V2' && v2) {
      const total = count(v2.num_values);
      const [repetition, definition] = [v2.repetition_levels_byte_length, v2.definition_levels_byte_length];
      if (!isCount(repetition) || !isCount(definition) || repetition + definition > Math.min(content.length, full))
        throw new Error('the levels of a page in it are longer than the page');
      const levels = check(content.subarray(0, repetition + definition));
      if (maxRepetition) levels.levels(maxRepetition, total, repetition);
      const present = maxDefinition ? levels.levels(maxDefinition, total, definition) : total;
      if (present !== total - v2.num_nulls) throw new Error('a page in it has a wrong number of nulls');
      const length = full - repetition - definition;
      const rest = content.subarray(repetition + definition);
      check(v2.is_compressed !== false && length ? unpacked(rest, length) : rest).values(v2.encoding, present, true);
    } else throw new Error('it has a page of an unknown kind');
  }
  if (maxRepetition ? values < rows : values !== rows)
    throw new Error(`a column has ${values} values in a row group of ${rows} rows`);
  return values;
}

/** Walks through the content of one page. */
class PageCheck {
  private offset = 0;
  private readonly view: DataView<ArrayBuffer>;
  private readonly bytes: Uint8Array<ArrayBuffer>;
  private readonly readers: PageReaders;
  private readonly type: string;
  private readonly shape: { readonly fixed: number; readonly decimal: boolean };
  constructor(bytes: Uint8Array<ArrayBuffer>, readers: PageReaders, type: string, shape: PageCheck['shape']) {
    this.bytes = bytes;
    this.readers = readers;
    this.type = type;
    this.shape = shape;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }
  /** Checks levels, and returns how many are `most`. */
  levels(most: number, count: number, length = this.uint32()): number {
    const start = this.offset;
    const width = 32 - Math.clz32(most);
    this.runs(width, count, length);
    const found: number[] = Array.from({ length: count });
    this.readers.readRleBitPackedHybrid({ view: this.view, offset: start }, width, found, length);
    return found.reduce((sum, level) => sum + Number(level === most), 0);
  }
  /** @param emptyRuns whether the library reads runs of values without bits, which the second version of pages may have */
  values(encoding: Encoding, count: number, emptyRuns = false): void {
    if (encoding === 'PLAIN') this.plain(count);
    else if (encoding === 'RLE' && this.type === 'BOOLEAN') this.runs(1, count, this.uint32());
    else if (encoding === 'RLE_DICTIONARY' || encoding === 'PLAIN_DICTIONARY') {
      if (!count && this.offset >= this.bytes.length) return;
      const width = this.view.getUint8(this.offset++);
      if (width > 32) this.fail();
      if (width || emptyRuns) this.runs(width, count, this.bytes.length - this.offset);
    } else if (encoding === 'BYTE_STREAM_SPLIT') this.skip(count * (widths[this.type] ?? this.shape.fixed));
    else if (encoding === 'DELTA_BINARY_PACKED') this.deltas(count);
    else if (encoding === 'DELTA_LENGTH_BYTE_ARRAY') this.texts(this.lengths(count));
    else if (encoding === 'DELTA_BYTE_ARRAY') {
      const prefixes = this.lengths(count);
      const suffixes = this.lengths(count);
      let [before, repeated] = [0, 0];
      for (const [i, prefix] of prefixes.entries()) {
        if (prefix > before) this.fail();
        before = prefix + (suffixes[i] ?? 0);
        repeated += prefix;
      }
      // A chain of prefixes grows with the square of their number.
      if (repeated > 2 ** 24 + 64 * this.bytes.length) throw new Error('its texts repeat too much of each other');
      this.texts(suffixes);
    } else throw new Error(`its encoding ${encoding ?? ''} is not supported`);
  }
  plain(count: number): void {
    const { type } = this;
    if (type === 'BOOLEAN') this.skip(Math.ceil(count / 8));
    else if (type === 'FIXED_LEN_BYTE_ARRAY') {
      if (
        !isCount(this.shape.fixed) ||
        this.shape.fixed < 1 ||
        (this.shape.decimal && this.shape.fixed > longestDecimal)
      )
        this.fail();
      this.skip(count * this.shape.fixed);
    } else if (type === 'BYTE_ARRAY') for (let i = 0; i < count; i++) this.text(this.uint32());
    else this.skip(count * (widths[type] ?? this.fail()));
  }
  private texts(lengths: Int32Array): void {
    for (const length of lengths) this.text(length);
  }
  private text(length: number): void {
    if (this.shape.decimal && length > longestDecimal) this.fail();
    this.skip(length);
  }
  /** Runs of repeated or bit-packed values. */
  private runs(width: number, count: number, length: number): void {
    const end = this.offset + length;
    if (end > this.bytes.length) this.fail();
    for (let seen = 0; seen < count;) {
      const head = this.number(end);
      const half = Math.floor(head / 2);
      const most = count - seen + (head % 2 ? longestPadding : 0);
      const own = head % 2 ? half * 8 : half;
      if (own > most) throw new Error('a run in it has more values than its page');
      seen += own;
      this.offset += head % 2 ? half * width : Math.ceil(width / 8);
    }
    // A last bit-packed run may be cut off where only padding follows.
    if (this.offset > end + longestPadding) this.fail();
    this.offset = end;
  }
  /** The lengths of texts. */
  private lengths(count: number): Int32Array {
    const start = this.offset;
    this.deltas(count);
    const lengths = new Int32Array(count);
    if (count) this.readers.deltaBinaryUnpack({ view: this.view, offset: start }, count, lengths);
    if (lengths.some((length) => length < 0)) this.fail();
    return lengths;
  }
  private deltas(count: number): void {
    const [block, miniblocks, total] = [this.number(), this.number(), this.number()];
    const each = block / miniblocks;
    if (total !== count || block > 2 ** 16 || !(each >= 8) || each % 8) this.fail();
    this.number();
    for (let seen = 1; seen < count;) {
      this.number();
      const widths = this.bytes.subarray(this.offset, this.offset + miniblocks);
      this.skip(miniblocks);
      for (const width of widths) {
        if (seen >= count) break;
        if (width > 64) this.fail();
        this.skip((each / 8) * width);
        seen += each;
      }
    }
  }
  private uint32(): number {
    this.skip(4);
    return this.view.getUint32(this.offset - 4, true);
  }
  private number(end = this.bytes.length): number {
    let value = 0;
    for (let i = 0; i < 10; i++) {
      if (this.offset >= end) this.fail();
      const byte = this.view.getUint8(this.offset++);
      value += (byte & 127) * 2 ** (7 * i);
      if (byte < 128) return value;
    }
    return this.fail();
  }
  private skip(length: number): void {
    if (!isCount(length) || length > this.bytes.length - this.offset) this.fail();
    this.offset += length;
  }
  private fail(): never {
    throw new Error('a page in it holds fewer values than it says');
  }
}

const isCount = (value: number | undefined): value is number =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
