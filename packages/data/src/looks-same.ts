import { cellsOf } from './image-cells.ts';
import type { Image } from './image.ts';
import { hashOfCells, type ImageHash } from './near-duplicates.ts';

/** The most cells per side that two images are compared in, and the fewest pixels per side of a cell: smaller cells depend on how an image was scaled. */
const [mostCells, leastPixels] = [32, 4];
/** An image whose cells vary less than this, on a scale of 255, is too plain to recognise. */
const leastContrast = 6;
/** How much brighter a cell must be than its neighbour, on a scale of 255. */
const margin = 4;
/** The most that cells of the same image differ, on a scale of 255: the root of their mean square, as is and relative to the contrast, and any of them. */
const [mostMean, mostRelative, mostAny] = [4, 0.15, 20];

/**
 * A difference hash in which a cell counts as brighter only by a margin, so noise in plain parts flips no bits; undefined if an image is too plain as a whole: an empty page looks
 * like any other.
 */
export function imageFingerprint(image: Image): ImageHash | undefined {
  const cells = cellsOf(image, 9, 8);
  return deviationOf(cells) < leastContrast ? undefined : hashOfCells(cells, margin);
}

/**
 * Whether two images show the same picture, at any size, after recompression or small changes of colour: the means of their cells in a grid of up to 32 × 32 are nearly equal, in each colour. Images with the same
 * large shapes and other details differ.
 */
export function looksSame(one: Image, other: Image): boolean {
  const [a, b] = [one.width / one.height, other.width / other.height];
  if (Math.max(a, b) > 1.06 * Math.min(a, b)) return false;
  const channels = one.channels >= 3 && other.channels >= 3 ? [0, 1, 2] : [undefined];
  const smallest = Math.min(one.width, one.height, other.width, other.height);
  const side = Math.min(mostCells, Math.max(4, Math.floor(smallest / leastPixels)));
  const contrast = deviationOf(cellsOf(one, side, side));
  if (contrast < leastContrast) return false;
  let [sum, count] = [0, 0];
  for (const channel of channels) {
    const [first, second] = [cellsOf(one, side, side, channel), cellsOf(other, side, side, channel)];
    for (const [i, value] of first.entries()) {
      const difference = Math.abs(value - second[i]!);
      if (difference > mostAny) return false;
      sum += difference * difference;
      count++;
    }
  }
  return Math.sqrt(sum / count) <= Math.min(mostMean, mostRelative * contrast);
}

function deviationOf(values: Float64Array): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
}
