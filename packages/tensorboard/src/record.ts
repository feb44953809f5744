import { crc32c, masked } from './crc32c.ts';

/** Encodes a TFRecord record: its length in 8 bytes, their CRC, the content, its CRC; little-endian. */
export function encodeRecord(content: Uint8Array): Uint8Array {
  const record = new Uint8Array(12 + content.length + 4);
  const view = new DataView(record.buffer);
  view.setBigUint64(0, BigInt(content.length), true);
  view.setUint32(8, masked(crc32c(record.subarray(0, 8))), true);
  record.set(content, 12);
  view.setUint32(12 + content.length, masked(crc32c(content)), true);
  return record;
}
