// @ts-check
// PNGs made chunk by chunk, for files that no encoder writes.
import { crc32, deflateSync } from 'node:zlib';

export const pngSignature = Buffer.from('89504e470d0a1a0a', 'hex');

/** A chunk. @param {string} type @param {Uint8Array} body @param {number} [sum] a wrong checksum */
export function pngChunk(type, body, sum) {
  const named = Buffer.concat([Buffer.from(type), body]);
  const [length, check] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(body.length);
  check.writeUInt32BE(sum ?? crc32(named));
  return Buffer.concat([length, named, check]);
}

/** @typedef {{ width: number, height: number, depth?: number, colour?: number, interlace?: number }} PngHeader bits per channel; 0 for grey, 2 for colour */

/** The header chunk. @param {PngHeader} options */
export function pngHeader({ width, height, depth = 8, colour = 2, interlace = 0 }) {
  const body = Buffer.alloc(13);
  body.writeUInt32BE(width, 0);
  body.writeUInt32BE(height, 4);
  body.set([depth, colour, 0, 0, interlace], 8);
  return pngChunk('IHDR', body);
}

/** A PNG with any header and any data. @param {PngHeader} head @param {Uint8Array} [data] compressed @param {readonly Uint8Array[]} [others] chunks before the data */
export const png = (head, data = deflateSync(Buffer.alloc(0)), others = []) =>
  Buffer.concat([pngSignature, pngHeader(head), ...others, pngChunk('IDAT', data), pngChunk('IEND', Buffer.alloc(0))]);

/** A black PNG of one bit per pixel. @param {number} width @param {number} height */
export const pngStrip = (width, height) =>
  png(
    { width, height, depth: 1, colour: 0 },
    deflateSync(Buffer.alloc((1 + Math.ceil(width / 8)) * height), { level: 9 }),
  );
