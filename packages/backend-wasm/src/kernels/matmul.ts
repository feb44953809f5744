import { type MatmulAttrs, type Shape, sizeOf } from '@graft/tensor';
import type { Engine } from '../engine.ts';
import { allFloat32 } from './float32.ts';
import type { KernelEntries } from './index.ts';

/** Matrix products over broadcast leading dimensions. */
export function matmul(engine: Engine): KernelEntries {
  return [
    [
      'matmul',
      ([a, b], { transposeA, transposeB }: MatmulAttrs, out) => {
        if (!allFloat32([a!, b!])) return undefined;
        const [m, n] = out.shape.slice(-2) as [number, number];
        const k = transposeA ? a!.shape.at(-2)! : a!.shape.at(-1)!;
        const y = engine.output(out);
        const [ap, bp] = [a!.data.pointer, b!.data.pointer];
        const [aRow, aColumn] = transposeA ? [1, m] : [k, 1];
        const [bRow, bColumn] = transposeB ? [1, k] : [n, 1];
        const batch = out.shape.slice(0, -2);
        const [atA, atB] = [offsets(a!.shape.slice(0, -2), batch), offsets(b!.shape.slice(0, -2), batch)];
        // With a single matrix on the right, the batch becomes additional rows on the left.
        const whole = sizeOf(b!.shape) === k * n && !transposeA && sizeOf(a!.shape) === sizeOf(batch) * m * k;
        const [count, rows] = whole ? [1, sizeOf(batch) * m] : [sizeOf(batch), m];
        const product: Product = { aRow, aColumn, bRow, bColumn, m: rows, n, k };
        if (count === 1 || work(product) > LARGE_PRODUCT) {
          for (let i = 0; i < count; i++)
            multiply(engine, ap + atA(i) * m * k * 4, bp + atB(i) * k * n * 4, y.pointer + i * rows * n * 4, product);
          return y;
        }
        engine.borrow(count * 8, (table) => {
          const { int32 } = engine.heap.views;
          for (let i = 0; i < count; i++) {
            int32[table / 4 + 2 * i] = atA(i) * m * k * 4;
            int32[table / 4 + 2 * i + 1] = atB(i) * k * n * 4;
          }
          engine.run('matmulBatch', count, count * work(product), [
            table,
            ap,
            aRow,
            aColumn,
            bp,
            bRow,
            bColumn,
            y.pointer,
            rows,
            n,
            k,
          ]);
        });
        return y;
      },
    ],
  ];
}

/** C[m, n] = A[m, k] · B[k, n]; row and column strides in elements. */
export interface Product {
  readonly aRow: number;
  readonly aColumn: number;
  readonly bRow: number;
  readonly bColumn: number;
  readonly m: number;
  readonly n: number;
  readonly k: number;
}

/** Estimated nanoseconds of a product in one thread. */
const work = ({ m, n, k }: Product): number => m * n * k * 0.04;
/** From this size, threads split one product rather than a batch of them. */
const LARGE_PRODUCT = 1e6;
/** Up to this size, every thread packs the other side itself. */
const NARROW = 64;
/** Below this size, three steps cost more than they save. */
const SMALL_PRODUCT = 1e5;
/** Minimum and maximum columns of a tile. */
const LEAST_COLUMNS = 64;
const MOST_COLUMNS = 512;

/** One product. The method depends only on the shape; all methods add in the same order. */
export function multiply(engine: Engine, a: number, b: number, c: number, product: Product): void {
  const { aRow, aColumn, bRow, bColumn, m, n, k } = product;
  const nanoseconds = work(product);
  const [panelRows, panelColumns] = [engine.kernels.panelRows(), engine.kernels.panelColumns()];
  const args = [a, aRow, aColumn, b, bRow, bColumn, c, m, n, k];
  if (k === 0) return engine.run('fill', m * n, 0, [c, 0]);
  if (n > NARROW && m <= NARROW)
    return engine.run('matmulColumns', n, m <= 4 ? n * k * 0.1 : nanoseconds, args, panelColumns);
  if (m > NARROW && n <= NARROW) return engine.run('matmulRows', m, nanoseconds, args, 4 * panelRows);
  if (nanoseconds < SMALL_PRODUCT) return engine.run('matmulBatch', 1, 0, [0, ...args]);
  const [strips, panels] = [Math.ceil(m / panelRows), Math.ceil(n / panelColumns)];
  const [left, right] = [strips * panelRows * k * 4, panels * panelColumns * (k + 4) * 4];
  engine.borrow(left + right, (pointer) => {
    engine.run('packLeft', strips, m * k * 0.5, [a, aRow, aColumn, m, k, pointer]);
    engine.run('packRight', panels, n * k * 0.5, [b, bRow, bColumn, n, k, pointer + left]);
    const rows = Math.ceil(m / engine.kernels.tileRows(m));
    const widest = Math.min(
      Math.floor(MOST_COLUMNS / panelColumns),
      Math.max(Math.floor(LEAST_COLUMNS / panelColumns), Math.ceil(panels / Math.ceil((4 * engine.threads) / rows))),
    );
    const width = Math.ceil(panels / Math.ceil(panels / widest)); // about equal widths
    engine.run('matmulTiles', rows * Math.ceil(panels / width), nanoseconds, [
      pointer,
      pointer + left,
      c,
      m,
      n,
      k,
      width,
    ]);
  });
}

/** Which matrix of `shape` the i-th of `batch` broadcasts from. */
function offsets(shape: Shape, batch: Shape): (i: number) => number {
  if (sizeOf(shape) === sizeOf(batch)) return (i) => i;
  if (sizeOf(shape) === 1) return () => 0;
  return (i) => {
    let [offset, step] = [0, 1];
    for (let d = 1; d <= batch.length; d++) {
      const size = batch[batch.length - d]!;
      const own = shape[shape.length - d] ?? 1;
      if (own !== 1) offset += (i % size) * step;
      i = Math.floor(i / size);
      step *= own;
    }
    return offset;
  };
}
