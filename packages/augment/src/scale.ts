import type { Image } from '@graft/data';
import { scaleLarge } from '#scale-large'; // by sharp on Node, see package.json
import { type Box, crop } from './crop.ts';
import type { Fill } from './fill.ts';
import type { Matrix } from './matrix.ts';
import { mirrored, upsideDown } from './mirror.ts';
import { type Kernel, resample } from './resample.ts';

/** Up to this many source pixels the plain loop is done before a call to sharp would have begun. */
const smallPixels = 128 * 128;

/**
 * Scales a part of an image to a size, without skipping pixels where the image shrinks. On Node, large images that shrink are left to sharp, in the
 * background. Sharp does not enlarge: it aligns corners where this, as Pillow and torchvision, aligns pixel centres.
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

/** Whether a part is large and shrinks: what sharp scales on Node. */
export const isLarge = (box: Box, width: number, height: number): boolean =>
  width <= box.width && height <= box.height && box.width * box.height > smallPixels;

/** A map's result where it is upright and falls on whole pixels: crops and mirrors exactly, scales with {@link scale}. Else nothing. */
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

/** Along one axis: the source's part that shows, how many pixels of the result it becomes, and how many lie before it; nothing where these are not whole. */
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

/** The whole of an image. */
export const whole = ({ width, height }: { width: number; height: number }): Box => ({
  left: 0,
  top: 0,
  width,
  height,
});
