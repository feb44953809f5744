import { readFile } from 'node:fs/promises';
import type { DecodeOptions, Image, ImageDecoder } from '@graft/data';
import sharp from 'sharp';
import { isKnownFormat } from './known-format.ts';

export interface SharpDecoderOptions {
  /** The largest image to decode, in pixels; 100 million unless told. Files can claim sizes that fill all memory. */
  readonly maxPixels?: number;
}

/**
 * Decodes JPEG, PNG, WebP, GIF, AVIF and TIFF with sharp: 8 bits a channel, sRGB, upright by its EXIF orientation, the first
 * frame, transparent places on the background.
 */
export function createSharpDecoder({ maxPixels = 100e6 }: SharpDecoderOptions = {}): ImageDecoder {
  return {
    name: 'sharp',
    decode: async (source, options = {}) => {
      const name = typeof source === 'string' ? `"${source}"` : 'The image';
      // Read here, because sharp remembers what it read from a path even when the file changes.
      const bytes = typeof source === 'string' ? await readFile(source).catch((error: NodeJS.ErrnoException) => refuse(`${name} ${unreadable(error)}`, error)) : source;
      if (bytes.length === 0) return refuse(`${name} is an empty file. Remove it.`);
      if (!isKnownFormat(bytes)) return refuse(`${name} ${unknownFormat}`);
      return decode(bytes, options, maxPixels).catch((error: Error) => refuse(`${name} ${broken(error, maxPixels)}`, error));
    },
  };
}

/** {@link createSharpDecoder} with its defaults. */
export const sharpDecoder: ImageDecoder = createSharpDecoder();

async function decode(bytes: Uint8Array, { channels = 3, background = [255, 255, 255], shortestSide }: DecodeOptions, maxPixels: number): Promise<Image> {
  const pipeline = sharp(bytes, { limitInputPixels: maxPixels, failOn: 'error', autoOrient: true });
  if (shortestSide !== undefined) pipeline.resize(shortestSide, shortestSide, { fit: 'outside', withoutEnlargement: true, kernel: 'linear' });
  const [r, g, b] = background;
  const { data, info } = await pipeline
    .flatten({ background: { r, g, b } })
    .toColourspace(channels === 1 ? 'b-w' : 'srgb')
    .raw({ depth: 'uchar' })
    .toBuffer({ resolveWithObject: true });
  if (info.channels !== channels) throw new Error(`${info.channels} colour channels where there should be ${channels}`);
  return { data: new Uint8Array(data.buffer, data.byteOffset, data.length), width: info.width, height: info.height, channels: info.channels };
}

function unreadable({ code }: NodeJS.ErrnoException): string {
  if (code === 'ENOENT') return 'does not exist. Check the path.';
  if (code === 'EISDIR') return 'is a folder and not an image. Give the path of a file.';
  return `cannot be read (${code}). Check its permissions.`;
}

const unknownFormat = 'is not an image in a known format (JPEG, PNG, WebP, GIF, AVIF, TIFF). Convert or remove it.';

function broken({ message }: Error, maxPixels: number): string {
  if (message.includes('pixel limit')) return `has more than ${maxPixels} pixels. Make it smaller, or raise maxPixels.`;
  return `is a broken image (${message.split('\n')[0]!.replace(/[:.]\s*$/, '')}). Repair or remove it.`;
}

function refuse(message: string, cause?: unknown): never {
  throw new Error(message, { cause });
}
