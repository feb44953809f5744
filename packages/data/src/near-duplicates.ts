import type { Dataset } from './dataset.ts';
import type { Image } from './image.ts';
import type { Labelled } from './labelled.ts';
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

/**
 * The difference hash of an image: it is reduced to 9 × 8 grey cells, and each bit says whether a cell is brighter than its right neighbour.
 * Scaling, recompression and small colour changes flip few bits.
 */
export function differenceHash(image: Image): ImageHash {
  const cells = greyCells(image, 9, 8);
  const halves: [number, number] = [0, 0];
  for (let bit = 0; bit < 64; bit++) {
    const at = (bit >> 3) * 9 + (bit & 7);
    if (cells[at]! > cells[at + 1]!) halves[bit >> 5]! |= 1 << (bit & 31);
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
export function nearDuplicates(hashes: readonly (ImageHash | undefined)[], within = 5): Duplicate[] {
  const pairs: Duplicate[] = [];
  for (const [second, b] of hashes.entries())
    for (let first = 0; b && first < second; first++) {
      const a = hashes[first];
      const distance = a ? ones(a[0] ^ b[0]) + ones(a[1] ^ b[1]) : Infinity;
      if (distance <= within) pairs.push({ first, second, distance });
    }
  return pairs.sort((a, b) => a.first - b.first || a.second - b.second);
}

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

/** Mean brightness (ITU-R BT.601) of each cell. Each pixel belongs to one cell; a cell smaller than a pixel uses the nearest one. */
function greyCells({ data, width, height, channels }: Image, columns: number, rows: number): Float64Array {
  const span = (cell: number, cells: number, size: number): [from: number, to: number] => {
    const from = Math.min(Math.floor((cell * size) / cells), size - 1);
    return [from, Math.max(from + 1, Math.floor(((cell + 1) * size) / cells))];
  };
  return Float64Array.from({ length: columns * rows }, (_, cell) => {
    const [left, right] = span(cell % columns, columns, width);
    const [top, bottom] = span(Math.floor(cell / columns), rows, height);
    let sum = 0;
    for (let y = top; y < bottom; y++)
      for (let x = left, at = (y * width + left) * channels; x < right; x++, at += channels)
        sum += channels >= 3 ? 0.299 * data[at]! + 0.587 * data[at + 1]! + 0.114 * data[at + 2]! : data[at]!;
    return sum / ((right - left) * (bottom - top));
  });
}

function ones(bits: number): number {
  let count = 0;
  for (let rest = bits >>> 0; rest !== 0; rest &= rest - 1) count++;
  return count;
}
