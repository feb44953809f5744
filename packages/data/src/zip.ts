import { showJson } from '@graft/plugin';

// The format of PKWARE's APPNOTE 6.3.10; the section numbers below refer to it.
const [localSignature, centralSignature, endSignature] = [0x04034b50, 0x02014b50, 0x06054b50];
const [end64Signature, locator64Signature] = [0x06064b50, 0x07064b50];
const [localBytes, centralBytes, endBytes, end64Bytes, locator64Bytes] = [30, 46, 22, 56, 20];
/** Maximum length of the comment at the end of an archive. */
const mostComment = 0xffff;
const mostEntries = 1_000_000;
/** The most that deflate compresses. */
const mostInflation = 1032;
const methods: Readonly<Record<number, ZipEntry['method']>> = { 0: 'stored', 8: 'deflated' };

/** A file in a {@link ZipArchive}. */
export interface ZipEntry {
  readonly name: string;
  /** Length in bytes, unpacked and in the archive. */
  readonly bytes: number;
  readonly packedBytes: number;
  readonly method: 'stored' | 'deflated';
}

interface Placed extends ZipEntry {
  readonly checksum: number;
  /** Where the local header begins, and where the data begin. */
  readonly header: number;
  readonly start: number;
}

/**
 * A zip archive in memory, with zip64. Only files that are stored or deflated are read. Archives with encrypted files, with two files of one name, or with
 * files that overlap are rejected.
 */
export class ZipArchive {
  readonly entries: ReadonlyMap<string, ZipEntry>;
  readonly #bytes: Uint8Array;
  readonly #file: string;

  /** @param file the archive's name in messages @throws if the bytes are not a valid zip archive */
  constructor(bytes: Uint8Array, file = 'the file') {
    this.#bytes = bytes;
    this.#file = file;
    this.entries = new Map(readEntries(bytes, this.#broken).map((entry) => [entry.name, entry]));
  }

  /** The contents of a stored file, without a copy. @throws if there is no such file, it is compressed, or its checksum differs */
  view(name: string): Uint8Array {
    const entry = this.#entry(name);
    if (entry.method !== 'stored')
      throw new Error(
        `${this.#file} compresses ${showJson(name, 60)}, which is only read uncompressed. Store it instead.`,
      );
    return this.#checked(entry, this.#bytes.subarray(entry.start, entry.start + entry.bytes));
  }

  /** The contents of a file. @throws if there is no such file, it is longer than `maxBytes` or than its entry says, or its checksum differs */
  async read(name: string, { maxBytes = Infinity }: { readonly maxBytes?: number } = {}): Promise<Uint8Array> {
    const entry = this.#entry(name);
    if (entry.bytes > maxBytes)
      throw new Error(
        `${this.#file} has ${entry.bytes} bytes in ${showJson(name, 60)}, but at most ${maxBytes} are read.`,
      );
    if (entry.method === 'stored') return this.view(name).slice();
    const packed = this.#bytes.subarray(entry.start, entry.start + entry.packedBytes);
    return this.#checked(entry, await this.#inflated(entry, packed));
  }

  async #inflated({ name, bytes }: Placed, packed: Uint8Array): Promise<Uint8Array> {
    if (bytes > mostInflation * packed.length + 64)
      throw this.#broken(
        `says ${packed.length} bytes of ${showJson(name, 60)} unpack to ${bytes}, which is impossible`,
      );
    const result = new Uint8Array(bytes);
    let length = 0;
    const stream = new Blob([packed as Uint8Array<ArrayBuffer>]).stream();
    const reader = stream.pipeThrough(new DecompressionStream('deflate-raw')).getReader();
    for (;;) {
      const { value, done } = await reader.read().catch((error: Error) => {
        throw this.#broken(`cannot be unpacked at ${showJson(name, 60)} (${error.message})`);
      });
      if (done) break;
      if (length + value.length > bytes) {
        await reader.cancel().catch(() => {});
        throw this.#broken(`has more in ${showJson(name, 60)} than the ${bytes} bytes it says`);
      }
      result.set(value, length);
      length += value.length;
    }
    if (length < bytes) throw this.#broken(`has ${length} bytes in ${showJson(name, 60)}, but says ${bytes}`);
    return result;
  }

  #entry(name: string): Placed {
    const entry = this.entries.get(name);
    if (!entry) throw new Error(`${this.#file} has no file ${showJson(name, 60)}.`);
    return entry as Placed;
  }

  #checked({ name, checksum }: Placed, content: Uint8Array): Uint8Array {
    if (crc32(content) !== checksum)
      throw this.#broken(`has another checksum than its contents in ${showJson(name, 60)}`);
    return content;
  }

  readonly #broken: Broken = (why) =>
    new Error(`Not a valid zip archive: ${this.#file} ${why}. Use an undamaged copy.`);
}

type Broken = (why: string) => Error;

/** Whether bytes begin as a zip archive with at least one file. */
export const isZip = (bytes: Uint8Array): boolean =>
  bytes.length >= endBytes && new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true) === localSignature;

function readEntries(bytes: Uint8Array, broken: Broken): Placed[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const { count, size, offset } = directoryOf(view, broken);
  const entries: Placed[] = [];
  const names = new Set<string>();
  let at = offset;
  for (let i = 0; i < count; i++) {
    if (at + centralBytes > offset + size || view.getUint32(at, true) !== centralSignature)
      throw broken(`has no entry ${i} of ${count} at byte ${at}`);
    const { entry, next } = entryAt(view, at, offset, broken);
    if (next > offset + size) throw broken(`has an entry beyond its directory, at byte ${at}`);
    if (names.has(entry.name)) throw broken(`has two files named ${showJson(entry.name, 60)}`);
    names.add(entry.name);
    entries.push(entry);
    at = next;
  }
  let end = 0;
  for (const { name, header, start, packedBytes } of entries.toSorted((a, b) => a.header - b.header)) {
    if (header < end) throw broken(`has the file ${showJson(name, 60)} inside another one, at byte ${header}`);
    end = start + packedBytes;
  }
  return entries;
}

/** Number of entries, length and place of the central directory (4.3.12–4.3.16). */
function directoryOf(view: DataView, broken: Broken): { count: number; size: number; offset: number } {
  let end = view.byteLength - endBytes;
  const first = Math.max(0, end - mostComment);
  const isEnd = (at: number): boolean =>
    view.getUint32(at, true) === endSignature && at + endBytes + view.getUint16(at + 20, true) === view.byteLength;
  while (end >= first && !isEnd(end)) end--;
  if (end < first || end < 0) throw broken('has no directory at its end');
  const locator = end - locator64Bytes;
  const has64 = locator >= 0 && view.getUint32(locator, true) === locator64Signature;
  let directory = {
    count: view.getUint16(end + 10, true),
    size: view.getUint32(end + 12, true),
    offset: view.getUint32(end + 16, true),
  };
  let limit = end;
  if (has64) {
    const at = wholeAt(view, locator + 8);
    if (at + end64Bytes > locator || view.getUint32(at, true) !== end64Signature)
      throw broken(`has no zip64 directory at byte ${at}`);
    directory = { count: wholeAt(view, at + 32), size: wholeAt(view, at + 40), offset: wholeAt(view, at + 48) };
    limit = at;
  }
  const { count, size, offset } = directory;
  if (count > mostEntries) throw broken(`says it has ${count} files, but at most ${mostEntries} are read`);
  if (offset + size > limit || count * centralBytes > size)
    throw broken(
      `says its directory of ${count} files has ${size} bytes at byte ${offset}, but is ${view.byteLength} bytes long`,
    );
  return directory;
}

/** An integer of 64 bits; beyond 2⁵³ it is rounded, which is longer than any file anyway. */
const wholeAt = (view: DataView, at: number): number => Number(view.getBigUint64(at, true));

/** An entry of the central directory (4.3.12), with the place of its data. */
function entryAt(view: DataView, at: number, limit: number, broken: Broken): { entry: Placed; next: number } {
  const [nameBytes, extraBytes, commentBytes] = [28, 30, 32].map((field) => view.getUint16(at + field, true)) as [
    number,
    number,
    number,
  ];
  const next = at + centralBytes + nameBytes + extraBytes + commentBytes;
  if (next > view.byteLength) throw broken(`has an entry beyond its end, at byte ${at}`);
  const name = nameAt(view, at + centralBytes, nameBytes, broken);
  const shown = showJson(name, 60);
  if (view.getUint16(at + 8, true) & 1) throw broken(`encrypts the file ${shown}`);
  const code = view.getUint16(at + 10, true);
  const method = methods[code];
  if (!method) throw broken(`packs the file ${shown} with method ${code}, but only stored and deflated files are read`);
  const [bytes, packedBytes, header] = sizesOf(view, at, at + centralBytes + nameBytes, extraBytes, () =>
    broken(`has no zip64 sizes for the file ${shown}`),
  );
  if (method === 'stored' && bytes !== packedBytes)
    throw broken(`stores ${bytes} bytes in ${packedBytes} for the file ${shown}`);
  if (header + localBytes > limit || view.getUint32(header, true) !== localSignature)
    throw broken(`has no file ${shown} at byte ${header}`);
  const localName = view.getUint16(header + 26, true);
  const start = header + localBytes + localName + view.getUint16(header + 28, true);
  if (start + packedBytes > limit)
    throw broken(
      `says the file ${shown} has ${packedBytes} bytes at byte ${start}, but its files end at byte ${limit}`,
    );
  if (view.getUint16(header + 8, true) !== code || nameAt(view, header + localBytes, localName, broken) !== name)
    throw broken(`has another file than ${shown} at byte ${header}`);
  return { entry: { name, bytes, packedBytes, method, checksum: view.getUint32(at + 16, true), header, start }, next };
}

function nameAt(view: DataView, at: number, length: number, broken: Broken): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(
      new Uint8Array(view.buffer, view.byteOffset + at, length),
    );
  } catch {
    throw broken(`has a file name that is not UTF-8, at byte ${at}`);
  }
}

/** Unpacked length, packed length and place; those too large for 32 bits are in the zip64 field (4.5.3). */
function sizesOf(
  view: DataView,
  at: number,
  extra: number,
  extraBytes: number,
  missing: () => Error,
): readonly [number, number, number] {
  const sizes: [number, number, number] = [
    view.getUint32(at + 24, true),
    view.getUint32(at + 20, true),
    view.getUint32(at + 42, true),
  ];
  const large = [0, 1, 2].filter((i) => sizes[i] === 0xffffffff);
  if (large.length === 0) return sizes;
  for (let field = extra; field + 4 <= extra + extraBytes;) {
    const length = view.getUint16(field + 2, true);
    if (field + 4 + length > extra + extraBytes) break;
    if (view.getUint16(field, true) === 1) {
      if (length < 8 * large.length) break;
      for (const [i, which] of large.entries()) sizes[which] = wholeAt(view, field + 4 + 8 * i);
      return sizes;
    }
    field += 4 + length;
  }
  throw missing();
}

/** Checksums of every byte, after zero to three more bytes. */
const tables = ((): readonly Uint32Array[] => {
  const first = Uint32Array.from({ length: 256 }, (_, n) => {
    let value = n;
    for (let bit = 0; bit < 8; bit++) value = value & 1 ? 0xedb88320 ^ (value >>> 1) : value >>> 1;
    return value;
  });
  const all = [first];
  for (let i = 1; i < 4; i++) all.push(all[i - 1]!.map((value) => first[value & 0xff]! ^ (value >>> 8)));
  return all;
})();

function crc32(bytes: Uint8Array): number {
  const [one, two, three, four] = tables as [Uint32Array, Uint32Array, Uint32Array, Uint32Array];
  let crc = 0xffffffff;
  let i = 0;
  for (; i + 4 <= bytes.length; i += 4) {
    crc ^= bytes[i]! | (bytes[i + 1]! << 8) | (bytes[i + 2]! << 16) | (bytes[i + 3]! << 24);
    crc = four[crc & 0xff]! ^ three[(crc >>> 8) & 0xff]! ^ two[(crc >>> 16) & 0xff]! ^ one[crc >>> 24]!;
  }
  for (; i < bytes.length; i++) crc = one[(crc ^ bytes[i]!) & 0xff]! ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
}
