import type { Image } from './image.ts';

/**
 * Mean value of an image in each cell of a grid, row by row. A pixel on an edge belongs to both cells, in proportion.
 * @param channel a channel; default the brightness (ITU-R BT.601)
 */
export function cellsOf(
  { data, width, height, channels }: Image,
  columns: number,
  rows: number,
  channel?: number,
): Float64Array {
  const valueAt = (at: number): number =>
    channel === undefined && channels >= 3
      ? 0.299 * data[at]! + 0.587 * data[at + 1]! + 0.114 * data[at + 2]!
      : data[at + (channel ?? 0)]!;
  const [across, down] = [sharesOf(width, columns), sharesOf(height, rows)];
  const cells = new Float64Array(columns * rows);
  for (let y = 0; y < height; y++) {
    const line = new Float64Array(columns);
    for (let x = 0; x < width; x++) {
      const value = valueAt((y * width + x) * channels);
      for (const [cell, share] of across[x]!) line[cell]! += share * value;
    }
    for (const [cell, share] of down[y]!)
      for (let column = 0; column < columns; column++) cells[cell * columns + column]! += share * line[column]!;
  }
  return cells;
}

/** For each pixel of a side, the cells that it lies in, and its share of each. */
function sharesOf(size: number, cells: number): readonly (readonly (readonly [cell: number, share: number])[])[] {
  return Array.from({ length: size }, (_, pixel) => {
    const [start, end] = [(pixel * cells) / size, ((pixel + 1) * cells) / size];
    const first = Math.floor(start);
    const last = Math.min(cells, Math.ceil(end));
    return Array.from(
      { length: last - first },
      (__, i) => [first + i, Math.min(end, first + i + 1) - Math.max(start, first + i)] as const,
    ).filter(([, share]) => share > 1e-9);
  });
}
