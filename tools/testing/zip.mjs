// @ts-check
// Zip archives made field by field, for files that no program writes.
import { crc32, deflateRawSync } from 'node:zlib';

/**
 * @typedef {object} ZipFile a file of an archive; the fields after `content` replace what would be right
 * @property {string} name
 * @property {Uint8Array | string} content
 * @property {boolean} [deflated]
 * @property {number} [method]
 * @property {number} [flags]
 * @property {number} [checksum]
 * @property {number} [bytes] unpacked length
 * @property {number} [packedBytes]
 * @property {number} [offset] of the local header
 * @property {string} [localName]
 * @property {boolean} [zip64] writes lengths and offset in the zip64 field
 */

/** @typedef {{ count?: number, size?: number, offset?: number, zip64?: boolean, comment?: string }} ZipEnd the directory's fields instead of the right ones */

/** @param {readonly ZipFile[]} files @param {ZipEnd} [end] @returns {Uint8Array<ArrayBuffer>} */
export function zipOf(files, end = {}) {
  const parts = [];
  const directory = [];
  let at = 0;
  for (const file of files) {
    const content = Buffer.from(file.content);
    const data = file.deflated ? deflateRawSync(content) : content;
    const { method = file.deflated ? 8 : 0, flags = 0x800, checksum = crc32(content), offset = at } = file;
    const { bytes = content.length, packedBytes = data.length, localName = file.name } = file;
    const header = Buffer.alloc(30);
    header.writeUInt32LE(0x04034b50, 0);
    header.writeUInt16LE(flags, 6);
    header.writeUInt16LE(method, 8);
    header.writeUInt16LE(Buffer.byteLength(localName), 26);
    parts.push(header, Buffer.from(localName), data);
    at += header.length + Buffer.byteLength(localName) + data.length;
    const name = Buffer.from(file.name);
    const entry = Buffer.alloc(46);
    const extra = Buffer.alloc(file.zip64 ? 28 : 0);
    entry.writeUInt32LE(0x02014b50, 0);
    entry.writeUInt16LE(flags, 8);
    entry.writeUInt16LE(method, 10);
    entry.writeUInt32LE(checksum, 16);
    entry.writeUInt16LE(name.length, 28);
    entry.writeUInt16LE(extra.length, 30);
    for (const [i, [place, value]] of /** @type {const} */ ([
      [24, bytes],
      [20, packedBytes],
      [42, offset],
    ]).entries()) {
      entry.writeUInt32LE(file.zip64 ? 0xffffffff : value, place);
      if (file.zip64) extra.writeBigUInt64LE(BigInt(value), 4 + 8 * i);
    }
    if (file.zip64) extra.set([1, 0, 24, 0]);
    directory.push(entry, name, extra);
  }
  const entries = Buffer.concat(directory);
  const { count = files.length, size = entries.length, offset = at, zip64 = false, comment = '' } = end;
  const last = Buffer.alloc(22);
  last.writeUInt32LE(0x06054b50, 0);
  last.writeUInt16LE(zip64 ? 0xffff : count, 8);
  last.writeUInt16LE(zip64 ? 0xffff : count, 10);
  last.writeUInt32LE(zip64 ? 0xffffffff : size, 12);
  last.writeUInt32LE(zip64 ? 0xffffffff : offset, 16);
  last.writeUInt16LE(comment.length, 20);
  const large = Buffer.alloc(zip64 ? 76 : 0);
  if (zip64) {
    large.writeUInt32LE(0x06064b50, 0);
    large.writeBigUInt64LE(44n, 4);
    large.writeBigUInt64LE(BigInt(count), 24);
    large.writeBigUInt64LE(BigInt(count), 32);
    large.writeBigUInt64LE(BigInt(size), 40);
    large.writeBigUInt64LE(BigInt(offset), 48);
    large.writeUInt32LE(0x07064b50, 56);
    large.writeBigUInt64LE(BigInt(at + entries.length), 64);
    large.writeUInt32LE(1, 72);
  }
  return new Uint8Array(Buffer.concat([...parts, entries, large, last, Buffer.from(comment)]));
}
