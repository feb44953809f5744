import type { Image } from '@graft/data';
import { scaleLarge } from '#scale-large'; // uses sharp on Node, see package.json
import { type Box, crop } from './crop.ts';
import type { Fill } from './fill.ts';
import type { Matrix } from './matrix.ts';
import { mirrored, upsideDown } from './mirror.ts';
import { type Kernel, resample } from './resample.ts';

/** Up to this many source pixels, the JavaScript loop is faster than the overhead of calling sharp. */
const smallPixels = 128 * 128;

/**
 * Scales a box of an image to a size, averaging all pixels in downscaling. On Node, sharp downscales large images in the background. Sharp is not used for
 * upscaling, because it aligns corners, while Pillow, torchvision and this function align pixel centres.
 */
export function scale(
  image: Image,
  box: Box,
  width: number,
  height: number,
  kernel: Kernel = { name: 'bilinear', antialias: true },
): Image | Promise<Image> {
  if (box.width === width && box.height === height) return crop(image, box);
  return isLarge(box, width, height)
    ? scaleLarge(image, box, width, height, kernel)
    : resample(image, box, width, height, kernel);
}

/** Whether a box is large and is downscaled: on Node, sharp does this. */
export const isLarge = (box: Box, width: number, height: number): boolean =>
  width <= box.width && height <= box.height && box.width * box.height > smallPixels;

/** Applies a map that is axis-aligned and falls on integer pixels: crops and flips exactly, scales with {@link scale}. Returns undefined for any other map. */
export function cutOut(
  image: Image,
  [a, b, c, d, e, f, g, h, i]: Matrix,
  width: number,
  height: number,
  fill: Fill,
  kernel?: Kernel,
): Image | Promise<Image> | undefined {
  if (b !== 0 || d !== 0 || g !== 0 || h !== 0 || i !== 1) return undefined;
  const [columns, rows] = [span(a, c, width, image.width), span(e, f, height, image.height)];
  if (!columns || !rows) return undefined;
  const box = { left: columns.start, top: rows.start, width: columns.length, height: rows.length };
  const finish = (scaled: Image): Image => {
    const framed = crop(scaled, { left: -columns.before, top: -rows.before, width, height }, fill);
    const turned = a < 0 ? mirrored(framed) : framed;
    return e < 0 ? upsideDown(turned) : turned;
  };
  const scaled = scale(image, box, columns.inside, rows.inside, kernel);
  return scaled instanceof Promise ? scaled.then(finish) : finish(scaled);
}

/** Along one axis: the visible part of the source, the number of result pixels it becomes, and the number of pixels before it; undefined if these are not integers. */
function span(
  step: number,
  offset: number,
  size: number,
  limit: number,
): { start: number; length: number; inside: number; before: number } | undefined {
  const [low, pace] = step < 0 ? [offset + step * size, -step] : [offset, step];
  const [start, end] = [Math.max(0, low), Math.min(limit, low + pace * size)];
  const numbers = [start, end - start, (end - start) / pace, (start - low) / pace];
  const [from, length, inside, before] = numbers.map(Math.round) as [number, number, number, number];
  return numbers.every((value) => Math.abs(value - Math.round(value)) < 1e-6) && length > 0 && inside > 0
    ? { start: from, length, inside, before }
    : undefined;
}

/** The box of a whole image. */
export const whole = ({ width, height }: { width: number; height: number }): Box => ({
  left: 0,
  top: 0,
  width,
  height,
});
