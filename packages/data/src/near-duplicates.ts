import type { Dataset } from './dataset.ts';
import { cellsOf } from './image-cells.ts';
import type { Image } from './image.ts';
import type { Labelled } from './labelled.ts';
import { similarPairs } from './similar-pairs.ts';
import type { Split } from './split.ts';

/** Two samples with identical or nearly identical images. */
export interface Duplicate {
  readonly first: number;
  readonly second: number;
  /** Number of different bits in their 64-bit hashes; 0 for identical images. */
  readonly distance: number;
}

/** 64 bits: 32 for the upper four rows of cells, 32 for the lower four. */
export type ImageHash = readonly [upper: number, lower: number];

/** Means of equal pixels may differ by rounding. */
const rounding = 1e-6;

/**
 * The difference hash of an image: it is reduced to 9 × 8 grey cells, and each bit says whether a cell is brighter than its right neighbour.
 * Scaling, recompression and small colour changes flip few bits.
 */
export const differenceHash = (image: Image): ImageHash => hashOfCells(cellsOf(image, 9, 8));

/** The difference hash of 9 × 8 grey cells. @param margin how much brighter, on a scale of 255; default 0 */
export function hashOfCells(cells: Float64Array, margin = 0): ImageHash {
  const halves: [number, number] = [0, 0];
  for (let bit = 0; bit < 64; bit++) {
    const at = (bit >> 3) * 9 + (bit & 7);
    if (cells[at]! - cells[at + 1]! > margin + rounding) halves[bit >> 5]! |= 1 << (bit & 31);
  }
  return [halves[0] >>> 0, halves[1] >>> 0];
}

/** The hash of each sample, in order; `undefined` if a sample cannot be read. */
export async function imageHashes(images: Dataset<Labelled<Image>>): Promise<(ImageHash | undefined)[]> {
  const hashes: (ImageHash | undefined)[] = [];
  for (let i = 0; i < images.length; i++)
    hashes.push(
      await Promise.resolve()
        .then(() => images.get(i))
        .then(
          ({ input }) => differenceHash(input),
          () => undefined,
        ),
    );
  return hashes;
}

/** Pairs whose hashes differ in at most `within` bits (default 5), sorted by index. */
export const nearDuplicates = (hashes: readonly (ImageHash | undefined)[], within = 5): Duplicate[] =>
  [...similarPairs(hashes, within)].sort((a, b) => a.first - b.first || a.second - b.second);

/** The pairs whose samples are in different parts: data leakage between training, validation and test set. */
export function acrossParts(
  pairs: readonly Duplicate[],
  parts: { readonly [part: string]: readonly number[] } | Split,
): Duplicate[] {
  const partOf = new Map<number, string>();
  for (const [name, indices] of Object.entries<readonly number[]>({ ...parts }))
    for (const index of indices) partOf.set(index, name);
  return pairs.filter(
    ({ first, second }) => partOf.has(first) && partOf.has(second) && partOf.get(first) !== partOf.get(second),
  );
}
