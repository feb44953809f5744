import { type MatmulAttrs, type Shape, sizeOf } from '@graft/tensor';
import type { Engine } from '../engine.ts';
import { allFloat32 } from './float32.ts';
import type { KernelEntries } from './index.ts';

/** Matrix products over broadcast leading dimensions. */
export function matmul(engine: Engine): KernelEntries {
  return [['matmul', ([a, b], { transposeA, transposeB }: MatmulAttrs, out) => {
    if (!allFloat32([a!, b!])) return undefined;
    const [m, n] = out.shape.slice(-2) as [number, number];
    const k = transposeA ? a!.shape.at(-2)! : a!.shape.at(-1)!;
    const y = engine.output(out);
    const [aRow, aColumn] = transposeA ? [1, m] : [k, 1];
    const [bRow, bColumn] = transposeB ? [1, k] : [n, 1];
    const batch = out.shape.slice(0, -2);
    const [atA, atB] = [offsets(a!.shape.slice(0, -2), batch), offsets(b!.shape.slice(0, -2), batch)];
    // One matrix on the right: the batch is more rows on the left.
    const whole = sizeOf(b!.shape) === k * n && !transposeA && sizeOf(a!.shape) === sizeOf(batch) * m * k;
    const [count, rows] = whole ? [1, sizeOf(batch) * m] : [sizeOf(batch), m];
    for (let i = 0; i < count; i++)
      engine.kernels.matmul(a!.data.pointer + atA(i) * m * k * 4, aRow, aColumn, b!.data.pointer + atB(i) * k * n * 4, bRow, bColumn, y.pointer + i * rows * n * 4, rows, n, k);
    return y;
  }]];
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
