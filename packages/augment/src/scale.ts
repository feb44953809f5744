import type { Image } from '@graft/data';
import sharp from 'sharp';
import { type Box, crop } from './crop.ts';
import { resample } from './resample.ts';

/** Up to this many source pixels the plain loop is done before a call to sharp would have begun. */
const smallPixels = 128 * 128;

/**
 * Scales a part of an image to a size: bilinear, without skipping pixels where the image shrinks. Large images that shrink are left
 * to sharp, in the background, whose pixels differ by a rounding, or by a few levels where the image shrinks to a tenth. Sharp does not enlarge: it aligns corners where this, as
 * Pillow and torchvision, aligns pixel centres.
 */
export function scale(image: Image, box: Box, width: number, height: number): Image | Promise<Image> {
  if (box.width === width && box.height === height) return crop(image, box);
  const shrinks = width <= box.width && height <= box.height;
  const sharps = shrinks && box.width * box.height > smallPixels && image.data instanceof Uint8Array && (image.channels === 1 || image.channels === 3);
  return sharps ? scaleBySharp(image, box, width, height) : resample(image, box, width, height);
}

/** {@link scale}, by sharp: bytes of 1 or 3 channels. */
export async function scaleBySharp(image: Image, box: Box, width: number, height: number): Promise<Image> {
  const { channels } = image;
  const data = await sharp(image.data as Uint8Array, { raw: { width: image.width, height: image.height, channels: channels as 1 | 3 }, limitInputPixels: false })
    .extract(box)
    .resize(width, height, { fit: 'fill', kernel: 'linear' })
    .toColourspace(channels === 1 ? 'b-w' : 'srgb')
    .raw({ depth: 'uchar' })
    .toBuffer();
  return { data: new Uint8Array(data.buffer, data.byteOffset, data.length), width, height, channels };
}

/** The whole of an image. */
export const whole = ({ width, height }: { width: number; height: number }): Box => ({ left: 0, top: 0, width, height });
