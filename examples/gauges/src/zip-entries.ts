import { inflateSync } from 'fflate';

/** A file in a zip archive. */
export interface ZipEntry {
  readonly name: string;
  /** Decompresses its contents. @throws if it is damaged or not supported; the message continues a sentence that starts with the entry's name */
  bytes(): Uint8Array;
}

/** Maximum uncompressed size of an entry, in bytes. */
const maxBytes = 2 ** 28;

/** Maximum compression ratio of deflate. */
const maxRatio = 1032;

/**
 * Lists the files of a zip archive from its central directory (APPNOTE.TXT 6.3.10, 4.3.12), without decompressing them.
 * @throws if it is not a zip archive, or is damaged; the message continues a sentence that starts with the archive's name
 */
export function zipEntries(archive: Uint8Array): ZipEntry[] {
  const view = new DataView(archive.buffer, archive.byteOffset, archive.byteLength);
  const end = endOf(view);
  const [count, start] = [view.getUint16(end + 10, true), view.getUint32(end + 16, true)];
  if (count === 0xffff || start === 0xffffffff)
    throw new Error('is a Zip64 archive, which is not supported. Split it.');
  const entries: ZipEntry[] = [];
  let at = start;
  for (let i = 0; i < count; i++) {
    if (at + 46 > end || view.getUint32(at, true) !== 0x02014b50)
      throw new Error('has a damaged directory. Pack it again.');
    const [nameLength, extra, comment] = [28, 30, 32].map((offset) => view.getUint16(at + offset, true)) as [
      number,
      number,
      number,
    ];
    const name = new TextDecoder().decode(archive.subarray(at + 46, at + 46 + nameLength));
    const entry = {
      encrypted: (view.getUint16(at + 8, true) & 1) === 1,
      method: view.getUint16(at + 10, true),
      checksum: view.getUint32(at + 16, true),
      packed: view.getUint32(at + 20, true),
      size: view.getUint32(at + 24, true),
      header: view.getUint32(at + 42, true),
    };
    if (!name.endsWith('/')) entries.push({ name, bytes: () => unpack(archive, view, entry) });
    at += 46 + nameLength + extra + comment;
  }
  return entries;
}

/** Offset of the end-of-directory record, which a comment of up to 64 KiB may follow. */
function endOf(view: DataView): number {
  for (let at = view.byteLength - 22; at >= Math.max(0, view.byteLength - 22 - 0xffff); at--)
    if (view.getUint32(at, true) === 0x06054b50) return at;
  throw new Error('is not a zip archive, or its end is missing. Copy it again.');
}

interface Packed {
  readonly encrypted: boolean;
  readonly method: number;
  readonly checksum: number;
  readonly packed: number;
  readonly size: number;
  readonly header: number;
}

function unpack(
  archive: Uint8Array,
  view: DataView,
  { encrypted, method, checksum, packed, size, header }: Packed,
): Uint8Array {
  if (encrypted) throw new Error('is encrypted. Pack it without a password.');
  if (method !== 0 && method !== 8)
    throw new Error(`is compressed with method ${method}, which is not supported. Pack it with deflate.`);
  if (size > maxBytes) throw new Error(`has ${size} bytes, but the limit is ${maxBytes}. Split it.`);
  if (header + 30 > archive.length || view.getUint32(header, true) !== 0x04034b50)
    throw new Error('is damaged: it has no header. Pack the archive again.');
  const start = header + 30 + view.getUint16(header + 26, true) + view.getUint16(header + 28, true);
  const data = archive.subarray(start, start + packed);
  const damaged = new Error(
    'is damaged: its contents do not match the size or checksum in the archive. Pack it again.',
  );
  if (data.length !== packed || size > maxRatio * packed) throw damaged;
  let contents: Uint8Array;
  try {
    // A buffer of one more byte detects contents that are larger than declared.
    contents = method === 0 ? data.slice() : inflateSync(data, { out: new Uint8Array(size + 1) });
  } catch {
    throw damaged;
  }
  if (contents.length !== size || crc32(contents) !== checksum) throw damaged;
  return contents;
}

const crcTable = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  return value;
});

/** The checksum of zip archives (ISO 3309). */
function crc32(bytes: Uint8Array): number {
  let value = 0xffffffff;
  for (const byte of bytes) value = (value >>> 8) ^ crcTable[(value ^ byte) & 0xff]!;
  return ~value >>> 0;
}
