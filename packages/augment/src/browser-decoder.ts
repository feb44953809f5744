import type { DecodeOptions, EncodeOptions, Image, ImageDecoder } from '@graft/data';
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
} from './image-refusals.ts';
import { imageSize } from './image-size.ts';
import { isKnownFormat } from './known-format.ts';
import { luma } from './luma.ts';

/** Options of {@link createBrowserDecoder}. */
export interface BrowserDecoderOptions {
  /** Maximum image size in pixels; default 100 million. Protects against files that claim a huge size to exhaust memory. */
  readonly maxPixels?: number;
}

/** The parts of the browser's types that are used here, also available in a worker. */
interface Bitmap {
  readonly width: number;
  readonly height: number;
  close(): void;
}
interface Canvas {
  getContext(kind: '2d'): {
    fillStyle: string;
    fillRect(x: number, y: number, width: number, height: number): void;
    drawImage(bitmap: Bitmap, x: number, y: number, width: number, height: number): void;
    getImageData(x: number, y: number, width: number, height: number): { readonly data: Uint8ClampedArray };
    putImageData(data: object, x: number, y: number): void;
    createImageData(width: number, height: number): { readonly data: Uint8ClampedArray };
    imageSmoothingQuality: string;
  };
  convertToBlob(options: { type: string; quality: number }): Promise<{ arrayBuffer(): Promise<ArrayBuffer> }>;
}
interface Browser {
  readonly createImageBitmap?: (blob: object, options: object) => Promise<Bitmap>;
  readonly OffscreenCanvas?: new (width: number, height: number) => Canvas;
}

/**
 * Creates a decoder for the formats the browser supports: JPEG, PNG, WebP, GIF and usually AVIF. Decodes the first frame as 8-bit sRGB, rotated according to EXIF, with
 * transparency flattened onto the background unless four channels are requested. Takes the bytes of a file; also works in a worker. Pixels differ from sharp by a few levels.
 */
export function createBrowserDecoder({ maxPixels = 100e6 }: BrowserDecoderOptions = {}): ImageDecoder {
  return {
    name: 'browser',
    decode: (source, options = {}) => decode(source, options, options.maxPixels ?? maxPixels),
    encode,
  };
}

/** {@link createBrowserDecoder} with default options. */
export const browserDecoder: ImageDecoder = createBrowserDecoder();

async function decode(
  source: Uint8Array | string,
  { channels = 3, background = [255, 255, 255], shortestSide, name: called }: DecodeOptions,
  maxPixels: number,
): Promise<Image> {
  const name = nameOf(typeof source === 'string' ? source : called);
  if (typeof source === 'string')
    return refuse(`${name} is a path, but browserDecoder reads only bytes. Pass the contents of the file.`);
  if (source.length === 0) return refuse(`${name} ${emptyFile}`);
  if (!isKnownFormat(source)) return refuse(`${name} ${unknownFormat}`);
  const claimed = imageSize(source);
  const check = (size: { readonly width: number; readonly height: number }): void => {
    if (size.width * size.height > maxPixels) refuse(`${name} ${tooLarge(maxPixels)}`);
    if (isElongated(size)) refuse(`${name} ${elongated(size)}`);
  };
  if (claimed) check(claimed);
  // Browsers decode neither several pages nor more bands.
  if (channels > 4) return refuse(`${name} ${new OtherChannels('at most 4 channels in a browser', channels).message}`);
  const { createImageBitmap } = browser();
  const bitmap = await createImageBitmap(new Blob([new Uint8Array(source)]), { imageOrientation: 'from-image' }).catch(
    (error: Error) => refuse(`${name} ${brokenImage(error.message)}`, error),
  );
  try {
    check(bitmap);
    const factor = Math.min(1, (shortestSide ?? Infinity) / Math.min(bitmap.width, bitmap.height));
    const [width, height] = [bitmap.width, bitmap.height].map((side) => Math.max(1, Math.round(side * factor)));
    const context = canvasOf(width!, height!).getContext('2d');
    context.fillStyle = `rgb(${background.join(' ')})`;
    if (channels === 1 || channels === 3) context.fillRect(0, 0, width!, height!);
    context.imageSmoothingQuality = 'high';
    context.drawImage(bitmap, 0, 0, width!, height!);
    const { data } = context.getImageData(0, 0, width!, height!);
    const pixels = channels === 4 ? new Uint8Array(data) : withoutAlpha(data, channels);
    return { data: pixels, width: width!, height: height!, channels };
  } finally {
    bitmap.close();
  }
}

/** Converts RGBA pixels to RGB, grey, or grey with opacity. */
function withoutAlpha(rgba: Uint8ClampedArray, channels: number): Uint8Array {
  const out = new Uint8Array((rgba.length / 4) * channels);
  for (let from = 0, to = 0; from < rgba.length; from += 4, to += channels) {
    const [red, green, blue] = [rgba[from]!, rgba[from + 1]!, rgba[from + 2]!];
    if (channels === 3) {
      [out[to], out[to + 1], out[to + 2]] = [red, green, blue];
    } else {
      out[to] = Math.round(luma(red, green, blue));
      if (channels === 2) out[to + 1] = rgba[from + 3]!;
    }
  }
  return out;
}

async function encode(image: Image, { type = 'jpeg', quality = 80 }: EncodeOptions = {}): Promise<Uint8Array> {
  const { data, width, height, channels } = image;
  const canvas = canvasOf(width, height);
  const context = canvas.getContext('2d');
  const pixels = context.createImageData(width, height);
  const unit = data instanceof Uint8Array ? 1 : 255;
  for (let i = 0; i < width * height; i++) {
    for (let c = 0; c < 3; c++) pixels.data[4 * i + c] = unit * data[i * channels + (channels === 1 ? 0 : c)]!;
    pixels.data[4 * i + 3] = 255;
  }
  context.putImageData(pixels, 0, 0);
  const blob = await canvas.convertToBlob({ type: `image/${type}`, quality: quality / 100 });
  return new Uint8Array(await blob.arrayBuffer());
}

function browser(): Required<Browser> {
  const { createImageBitmap, OffscreenCanvas } = globalThis as Browser;
  if (!createImageBitmap || !OffscreenCanvas)
    throw new Error(
      'browserDecoder needs createImageBitmap and OffscreenCanvas, which are not available here. On Node, use sharpDecoder from @graft/augment/node.',
    );
  return { createImageBitmap: (blob, options) => createImageBitmap(blob, options), OffscreenCanvas };
}

function canvasOf(width: number, height: number): Canvas {
  const { OffscreenCanvas } = browser();
  return new OffscreenCanvas(width, height);
}
