import { blank, type Image } from '@graft/data';
import type { Box } from './crop.ts';

/**
 * Scales a part of an image to a size: bilinear, with the filter widened where the image shrinks so that nothing is
 * skipped. The pixels of Pillow's `BILINEAR` and of torchvision's `antialias=True`, within rounding.
 */
export function resample(image: Image, box: Box, width: number, height: number): Image {
  const { channels } = image;
  const columns = taps(box.left, box.width, width, image.width);
  const rows = taps(box.top, box.height, height, image.height);
  const [firstRow, lastRow] = [rows.first[0]!, rows.first[height - 1]! + rows.count];
  const wide = new Float32Array((lastRow - firstRow) * width * channels);
  for (let y = firstRow; y < lastRow; y++) {
    const line = y * image.width * channels;
    let out = (y - firstRow) * width * channels;
    for (let x = 0; x < width; x++) {
      const start = line + columns.first[x]! * channels;
      for (let c = 0; c < channels; c++) {
        let sum = 0;
        for (let k = 0; k < columns.count; k++) sum += columns.weights[x * columns.count + k]! * image.data[start + k * channels + c]!;
        wide[out++] = sum;
      }
    }
  }
  const data = blank(image, width, height);
  const rounding = data instanceof Uint8Array ? 0.5 : 0; // a byte array cuts the fraction off
  const length = width * channels;
  for (let y = 0; y < height; y++) {
    const start = (rows.first[y]! - firstRow) * length;
    for (let x = 0; x < length; x++) {
      let sum = rounding;
      for (let k = 0; k < rows.count; k++) sum += rows.weights[y * rows.count + k]! * wide[start + k * length + x]!;
      data[y * length + x] = sum;
    }
  }
  return { data, width, height, channels };
}

interface Taps {
  /** How many source pixels make one. */
  readonly count: number;
  /** The first source pixel of each. */
  readonly first: Int32Array;
  readonly weights: Float32Array;
}

/** Which pixels of a line of `limit` make up each pixel, when `length` of them from `start` on become `size`. */
function taps(start: number, length: number, size: number, limit: number): Taps {
  const scale = length / size;
  const support = Math.max(scale, 1);
  const [low, high] = [Math.max(0, Math.floor(start)), Math.min(limit, Math.ceil(start + length))];
  const count = Math.min(high - low, Math.ceil(2 * support) + 1);
  const first = new Int32Array(size);
  const weights = new Float32Array(size * count);
  for (let i = 0; i < size; i++) {
    const centre = start + (i + 0.5) * scale;
    const from = Math.max(low, Math.min(Math.floor(centre - support + 0.5), high - count));
    first[i] = from;
    let sum = 0;
    for (let k = 0; k < count; k++) {
      const weight = Math.max(0, 1 - Math.abs(from + k + 0.5 - centre) / support);
      weights[i * count + k] = weight;
      sum += weight;
    }
    for (let k = 0; k < count; k++) weights[i * count + k]! /= sum;
  }
  return { count, first, weights };
}
