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
  const grey = channel === undefined && channels >= 3;
  const first = channel ?? 0;
  const [across, down] = [sharesOf(width, columns), sharesOf(height, rows)];
  const cells = new Float64Array(columns * rows);
  const line = new Float64Array(columns);
  for (let y = 0, at = 0; y < height; y++) {
    line.fill(0);
    for (let x = 0; x < width; x++, at += channels) {
      const value = grey ? 0.299 * data[at]! + 0.587 * data[at + 1]! + 0.114 * data[at + 2]! : data[at + first]!;
      for (let k = across.starts[x]!; k < across.starts[x + 1]!; k++)
        line[across.cells[k]!]! += across.shares[k]! * value;
    }
    for (let k = down.starts[y]!; k < down.starts[y + 1]!; k++)
      for (let column = 0; column < columns; column++)
        cells[down.cells[k]! * columns + column]! += down.shares[k]! * line[column]!;
  }
  return cells;
}

/** The cells that each pixel of a side lies in, and its share of each: those of pixel `i` are from `starts[i]` to `starts[i + 1]`. */
interface Shares {
  readonly starts: Int32Array;
  readonly cells: Int32Array;
  readonly shares: Float64Array;
}

function sharesOf(size: number, count: number): Shares {
  const starts = new Int32Array(size + 1);
  const [cells, shares]: [number[], number[]] = [[], []];
  for (let pixel = 0; pixel < size; pixel++) {
    const [start, end] = [(pixel * count) / size, ((pixel + 1) * count) / size];
    for (let cell = Math.floor(start); cell < Math.min(count, Math.ceil(end)); cell++) {
      const share = Math.min(end, cell + 1) - Math.max(start, cell);
      if (share <= 1e-9) continue;
      cells.push(cell);
      shares.push(share);
    }
    starts[pixel + 1] = cells.length;
  }
  return { starts, cells: Int32Array.from(cells), shares: Float64Array.from(shares) };
}
