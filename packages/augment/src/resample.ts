import { blank, type Image } from '@graft/data';
import type { Box } from './crop.ts';

/** An interpolation kernel. */
export interface Kernel {
  readonly name: 'nearest' | 'bilinear' | 'bicubic' | 'lanczos';
  /** Whether the filter is widened for downscaling, so every source pixel contributes. */
  readonly antialias: boolean;
}

const sinc = (x: number): number => (x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x));

/** Pillow's filters: radius, and weight at a distance. Bicubic is Keys' kernel with a = −1/2. */
const filters = {
  bilinear: { reach: 1, weight: (x: number) => Math.max(0, 1 - x) },
  bicubic: {
    reach: 2,
    weight: (x: number) => (x < 1 ? (1.5 * x - 2.5) * x * x + 1 : x < 2 ? ((-0.5 * x + 2.5) * x - 4) * x + 2 : 0),
  },
  lanczos: { reach: 3, weight: (x: number) => (x < 3 ? sinc(x) * sinc(x / 3) : 0) },
} as const;

/**
 * Scales a box of an image to a size, by default bilinear with a filter widened for downscaling. Matches Pillow's `resize` and
 * torchvision with `antialias=True` up to rounding.
 */
export function resample(
  image: Image,
  box: Box,
  width: number,
  height: number,
  kernel: Kernel = { name: 'bilinear', antialias: true },
): Image {
  const { channels } = image;
  const columns = taps(box.left, box.width, width, image.width, kernel);
  const rows = taps(box.top, box.height, height, image.height, kernel);
  const [firstRow, lastRow] = [rows.first[0]!, rows.first[height - 1]! + rows.count];
  // Pillow stores bytes between its two passes, so overshoot is clipped there, too.
  const most = image.data instanceof Uint8Array && kernel.name !== 'bilinear' ? 255 : Infinity;
  const wide = scratch((lastRow - firstRow) * width * channels);
  const across = channels !== 3 ? anyAcross : columns.count === 2 ? threeFromTwo : threeAcross;
  for (let y = firstRow; y < lastRow; y++) across(image, y, columns, width, wide, (y - firstRow) * width * channels);
  if (most === 255) for (let i = 0; i < wide.length; i++) wide[i] = Math.min(Math.max(wide[i]!, 0), 255);
  const data = blank(image, width, height);
  const length = width * channels;
  const down = rows.count === 2 ? twoDown : anyDown;
  down(wide, rows, firstRow, length, data, most);
  return { data, width, height, channels };
}

/** A buffer for the intermediate result, reused because it is only needed within one synchronous call; a new one per image would cause garbage collection. */
const scratch = (length: number): Float32Array =>
  length <= held.length ? held.subarray(0, length) : new Float32Array(length);

/** 4 MB. For larger images an allocation is cheap relative to scaling. */
const held = new Float32Array(2 ** 20);

type Across = (image: Image, y: number, columns: Taps, width: number, out: Float32Array, start: number) => void;

/** Scales one row of the source. */
const anyAcross: Across = ({ data, width: lineWidth, channels }, y, { count, first, weights }, width, out, start) => {
  for (let x = 0; x < width; x++)
    for (let c = 0, at = (y * lineWidth + first[x]!) * channels; c < channels; c++, at++) {
      let sum = 0;
      for (let k = 0; k < count; k++) sum += weights[x * count + k]! * data[at + k * channels]!;
      out[start++] = sum;
    }
};

/** {@link anyAcross} for three channels. Twice as fast, because sums stay in registers. */
const threeAcross: Across = ({ data, width: lineWidth }, y, { count, first, weights }, width, out, start) => {
  for (let x = 0; x < width; x++) {
    let [red, green, blue] = [0, 0, 0];
    let at = (y * lineWidth + first[x]!) * 3;
    for (let k = x * count; k < (x + 1) * count; k++) {
      const weight = weights[k]!;
      red += weight * data[at]!;
      green += weight * data[at + 1]!;
      blue += weight * data[at + 2]!;
      at += 3;
    }
    out[start] = red;
    out[start + 1] = green;
    out[start + 2] = blue;
    start += 3;
  }
};

/** {@link threeAcross} without the inner loop, for two source pixels per pixel, as in bilinear upscaling. */
const threeFromTwo: Across = ({ data, width: lineWidth }, y, { first, weights }, width, out, start) => {
  for (let x = 0; x < width; x++, start += 3) {
    const at = (y * lineWidth + first[x]!) * 3;
    const [near, far] = [weights[2 * x]!, weights[2 * x + 1]!];
    out[start] = near * data[at]! + far * data[at + 3]!;
    out[start + 1] = near * data[at + 1]! + far * data[at + 4]!;
    out[start + 2] = near * data[at + 2]! + far * data[at + 5]!;
  }
};

/** Combines scaled rows vertically. Values above `most` are clipped, and values below 0 if `most` is 255. */
type Down = (
  wide: Float32Array,
  rows: Taps,
  firstRow: number,
  length: number,
  out: Image['data'],
  most: number,
) => void;

/** A byte array truncates, so 0.5 is added to round. */
const roundingOf = (out: Image['data']): number => (out instanceof Uint8Array ? 0.5 : 0);

const anyDown: Down = (wide, { count, first, weights }, firstRow, length, out, most) => {
  const sums = new Float64Array(length);
  for (let y = 0; y < first.length; y++) {
    sums.fill(roundingOf(out));
    for (let k = 0; k < count; k++) {
      const [weight, start] = [weights[y * count + k]!, (first[y]! - firstRow + k) * length];
      if (weight !== 0) for (let x = 0; x < length; x++) sums[x]! += weight * wide[start + x]!;
    }
    for (let x = 0, at = y * length; x < length; x++) {
      const sum = sums[x]!;
      out[at + x] = sum > most ? most : sum < 0 && most === 255 ? 0 : sum;
    }
  }
};

/** {@link anyDown} for two rows, summed in registers. Weights are not negative, so no value overshoots. */
const twoDown: Down = (wide, { first, weights }, firstRow, length, out) => {
  const rounding = roundingOf(out);
  for (let y = 0; y < first.length; y++) {
    const [near, far] = [weights[2 * y]!, weights[2 * y + 1]!];
    const above = (first[y]! - firstRow) * length;
    for (let x = 0, at = y * length, a = above, b = above + length; x < length; x++)
      out[at++] = rounding + near * wide[a++]! + far * wide[b++]!;
  }
};

interface Taps {
  /** Number of source pixels per result pixel. */
  readonly count: number;
  /** First source pixel of each result pixel. */
  readonly first: Int32Array;
  readonly weights: Float32Array;
}

/** Source pixels and weights of each result pixel along one axis of `limit` pixels, when `length` pixels from `start` are scaled to `size`. */
function taps(start: number, length: number, size: number, limit: number, { name, antialias }: Kernel): Taps {
  const scale = length / size;
  if (name === 'nearest')
    return {
      count: 1,
      first: Int32Array.from({ length: size }, (_, i) => Math.min(limit - 1, Math.floor(start + (i + 0.5) * scale))),
      weights: new Float32Array(size).fill(1),
    };
  const { reach, weight: weigh } = filters[name];
  const stretch = antialias ? Math.max(scale, 1) : 1;
  const support = reach * stretch;
  const [low, high] = [Math.max(0, Math.floor(start)), Math.min(limit, Math.ceil(start + length))];
  const count = Math.min(high - low, Math.ceil(2 * support));
  const first = new Int32Array(size);
  const weights = new Float32Array(size * count);
  for (let i = 0; i < size; i++) {
    const centre = start + (i + 0.5) * scale;
    const from = Math.max(low, Math.min(Math.floor(centre - support + 0.5), high - count));
    first[i] = from;
    let sum = 0;
    for (let k = 0; k < count; k++) {
      const weight = weigh(Math.abs(from + k + 0.5 - centre) / stretch);
      weights[i * count + k] = weight;
      sum += weight;
    }
    for (let k = 0; k < count; k++) weights[i * count + k]! /= sum;
  }
  return { count, first, weights };
}
