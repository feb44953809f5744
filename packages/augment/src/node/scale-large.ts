import type { Image } from '@graft/data';
import sharp from 'sharp';
import type { Box } from '../crop.ts';
import type { Kernel } from '../resample.ts';
import { resample } from '../resample.ts';

/** Kernel names in sharp. Nearest is not delegated: it is faster here and matches Pillow. */
const sharpKernels = { bilinear: 'linear', bicubic: 'cubic', lanczos: 'lanczos3' } as const;

/**
 * Downscales a large box of an image. For bytes with 1 or 3 channels, sharp does this in the background; its pixels differ by a rounding, or by a few levels
 * when downscaling to a tenth.
 */
export function scaleLarge(
  image: Image,
  box: Box,
  width: number,
  height: number,
  kernel: Kernel,
): Image | Promise<Image> {
  const { name, antialias } = kernel;
  const { data, channels } = image;
  return antialias && name !== 'nearest' && data instanceof Uint8Array && (channels === 1 || channels === 3)
    ? bySharp(data, image, box, width, height, sharpKernels[name])
    : resample(image, box, width, height, kernel);
}

async function bySharp(
  bytes: Uint8Array,
  image: Image,
  box: Box,
  width: number,
  height: number,
  kernel: (typeof sharpKernels)[keyof typeof sharpKernels],
): Promise<Image> {
  const channels = image.channels as 1 | 3;
  const data = await sharp(bytes, {
    raw: { width: image.width, height: image.height, channels },
    limitInputPixels: false,
  })
    .extract(box)
    .resize(width, height, { fit: 'fill', kernel })
    .toColourspace(channels === 1 ? 'b-w' : 'srgb')
    .raw({ depth: 'uchar' })
    .toBuffer();
  return { data: new Uint8Array(data.buffer, data.byteOffset, data.length), width, height, channels };
}
