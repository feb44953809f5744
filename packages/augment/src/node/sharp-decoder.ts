import type { DecodeOptions, EncodeOptions, Image, ImageDecoder } from '@graft/data';
import { readRegularFile } from '@graft/storage/node';
import sharp, { type Sharp } from 'sharp';
import {
  brokenImage,
  elongated,
  emptyFile,
  isElongated,
  OtherChannels,
  nameOf,
  refuse,
  tooLarge,
  unknownFormat,
  unknownWhite,
} from '../image-refusals.ts';
import { imageSize } from '../image-size.ts';
import { isKnownFormat } from '../known-format.ts';
import { luma } from '../luma.ts';

/** Options of {@link createSharpDecoder}. */
export interface SharpDecoderOptions {
  /** Maximum image size in pixels; default 100 million. Protects against files that claim a huge size to exhaust memory. */
  readonly maxPixels?: number;
}

/**
 * Creates a decoder for JPEG, PNG, WebP, GIF, AVIF and TIFF that uses sharp. Decodes the first frame as 8-bit sRGB, rotated according to EXIF, with transparency
 * flattened onto the background unless four channels are requested.
 */
export function createSharpDecoder({ maxPixels = 100e6 }: SharpDecoderOptions = {}): ImageDecoder {
  return {
    name: 'sharp',
    decode(source, options = {}) {
      const { maxPixels: most = maxPixels, name } = options;
      return reading(source, most, (bytes) => decode(bytes, options, most), name);
    },
    encode,
  };
}

/** Reads a file, checks its format and passes its bytes to `use`. @throws with the name of the file if it is not an image */
export async function reading(
  source: Uint8Array | string,
  maxPixels: number,
  use: (bytes: Uint8Array) => Promise<Image>,
  called?: string,
): Promise<Image> {
  const name = nameOf(typeof source === 'string' ? source : called);
  // Read here, because sharp caches files by path even if they change.
  const bytes =
    typeof source === 'string'
      ? await readRegularFile(source).catch((error: NodeJS.ErrnoException) =>
          refuse(`${name} ${unreadable(error)}`, error),
        )
      : source;
  if (bytes.length === 0) return refuse(`${name} ${emptyFile}`);
  if (!isKnownFormat(bytes)) return refuse(`${name} ${unknownFormat}`);
  // The header says it before pixels take memory; where it cannot be read, decoding says what is wrong.
  const known = imageSize(bytes);
  const header =
    known && !isTiff(bytes)
      ? undefined
      : await open(bytes, maxPixels)
          .metadata()
          .catch(() => undefined);
  const size = known ?? header;
  // Nothing says which number is white.
  if (header?.depth && isTiff(bytes) && !/^u(char|short)$/.test(header.depth))
    return refuse(`${name} ${unknownWhite(header.depth)}`);
  const fits = size && size.width * size.height <= maxPixels;
  if (fits && isElongated(size)) return refuse(`${name} ${elongated(size)}`);
  return use(bytes).catch((error: Error) =>
    refuse(`${name} ${error instanceof OtherChannels ? error.message : broken(error, maxPixels)}`, error),
  );
}

const isTiff = ([first, second]: Uint8Array): boolean => first === second && (first === 0x49 || first === 0x4d);

/** {@link createSharpDecoder} with default options. */
export const sharpDecoder: ImageDecoder = createSharpDecoder();

async function encode(image: Image, { type = 'jpeg', quality = 80 }: EncodeOptions = {}): Promise<Uint8Array> {
  const { data, width, height, channels } = image;
  const bytes =
    data instanceof Uint8Array ? data : Uint8Array.from(data, (value) => Math.min(Math.max(255 * value + 0.5, 0), 255));
  const raw = sharp(bytes, { raw: { width, height, channels: channels as 1 | 3 } });
  return new Uint8Array(await (type === 'png' ? raw.png() : raw.jpeg({ quality })).toBuffer());
}

function decode(bytes: Uint8Array, options: DecodeOptions, maxPixels: number): Promise<Image> {
  const { shortestSide, channels = 3 } = options;
  if (channels === 2) return greyWithOpacity(bytes, options, maxPixels);
  if (channels > 4) return bandsOf(bytes, channels, maxPixels);
  const pipeline = open(bytes, maxPixels);
  if (shortestSide !== undefined)
    pipeline.resize(shortestSide, shortestSide, { fit: 'outside', withoutEnlargement: true, kernel: 'linear' });
  return pixelsOf(pipeline, options);
}

/** Decodes grey pixels with their opacity, or two pages. */
async function greyWithOpacity(bytes: Uint8Array, options: DecodeOptions, maxPixels: number): Promise<Image> {
  if (isTiff(bytes) && (await open(bytes, maxPixels).metadata()).pages === 2) return bandsOf(bytes, 2, maxPixels);
  const { data, width, height } = await decode(bytes, { ...options, channels: 4 }, maxPixels);
  const pixels = new Uint8Array(2 * width * height);
  for (let i = 0; i < width * height; i++) {
    pixels[2 * i] = Math.round(luma(data[4 * i]!, data[4 * i + 1]!, data[4 * i + 2]!));
    pixels[2 * i + 1] = data[4 * i + 3]!;
  }
  return { data: pixels, width, height, channels: 2 };
}

/** Decodes the pages of a TIFF as channels, or the bands of its only page. @throws OtherChannels if there are more or fewer */
async function bandsOf(bytes: Uint8Array, channels: number, maxPixels: number): Promise<Image> {
  const { pages = 1, channels: bands, width, height, space } = await open(bytes, maxPixels).metadata();
  if (isTiff(bytes) && pages === channels) {
    if (width * height * pages > maxPixels) throw new Error('pixel limit');
    const data = new Uint8Array(width * height * channels);
    for (let page = 0; page < pages; page++) {
      const one = await pixelsOf(sharp(bytes, { ...limits(maxPixels), page }), { channels: 1 });
      if (one.width !== width || one.height !== height) throw new OtherChannels('pages of several sizes', channels);
      for (let i = 0; i < one.data.length; i++) data[channels * i + page] = one.data[i]!;
    }
    return { data, width, height, channels };
  }
  if (pages > 1 || bands !== channels)
    throw new OtherChannels(
      `${pages} page${pages === 1 ? '' : 's'} of ${bands} channel${bands === 1 ? '' : 's'}`,
      channels,
    );
  const { data, info } = await sharp(bytes, limits(maxPixels))
    .raw({ depth: 'uchar' })
    .toBuffer({ resolveWithObject: true });
  // Sharp repeats the first band of a grey image three times.
  const skipped = space === 'b-w' ? 2 : 0;
  if (info.channels !== channels + skipped) throw new OtherChannels(`${info.channels} channels`, channels);
  const pixels = new Uint8Array(width * height * channels);
  for (let i = 0; i < width * height; i++)
    for (let c = 0; c < channels; c++) pixels[channels * i + c] = data[info.channels * i + (c && c + skipped)]!;
  return { data: pixels, width, height, channels };
}

const limits = (maxPixels: number) => ({ limitInputPixels: maxPixels, failOn: 'error' }) as const;

export const open = (bytes: Uint8Array, maxPixels: number): Sharp =>
  sharp(bytes, { ...limits(maxPixels), autoOrient: true });

/** Runs a pipeline and returns 8-bit sRGB or grey pixels, with transparency only if there are four channels. */
export async function pixelsOf(
  pipeline: Sharp,
  { channels = 3, background = [255, 255, 255] }: DecodeOptions,
): Promise<Image> {
  const [r, g, b] = background;
  const { data, info } = await (channels === 4 ? pipeline.ensureAlpha() : pipeline.flatten({ background: { r, g, b } }))
    .toColourspace(channels === 1 ? 'b-w' : 'srgb')
    .raw({ depth: 'uchar' })
    .toBuffer({ resolveWithObject: true });
  if (info.channels !== channels) throw new Error(`${info.channels} colour channels instead of ${channels}`);
  return {
    data: new Uint8Array(data.buffer, data.byteOffset, data.length),
    width: info.width,
    height: info.height,
    channels: info.channels,
  };
}

function unreadable({ code }: NodeJS.ErrnoException): string {
  if (code === 'ENOENT') return 'does not exist. Check the path.';
  if (code === 'EISDIR') return 'is a folder, not an image. Pass the path of a file.';
  if (code === 'ESPIPE') return 'is a pipe, a socket or a device, not an image. Pass the path of a file.';
  return `cannot be read (${code}). Check its permissions.`;
}

const broken = ({ message }: Error, maxPixels: number): string =>
  message.includes('pixel limit') ? tooLarge(maxPixels) : brokenImage(message);
