import { apply } from '../apply.ts';
import type { Op } from '../op.ts';
import { broadcastShapes, type Shape, showShape, sizeOf } from '../spec.ts';
import type { Tensor } from '../tensor.ts';
import { broadcastOffsets, elements } from './elementwise.ts';
import { reshape } from './movement.ts';

/** Which of the two matrices to transpose. */
export interface MatmulAttrs {
  /** Whether to swap the last two dimensions of an input first. */
  readonly transposeA: boolean;
  readonly transposeB: boolean;
}

const rowsAndColumns = (shape: Shape, transposed: boolean): [number, number] => {
  const [rows, columns] = [shape.at(-2)!, shape.at(-1)!];
  return transposed ? [columns, rows] : [rows, columns];
};

/** Matrix products over broadcast leading dimensions: [..., m, k] · [..., k, n] → [..., m, n]. */
export const Matmul: Op<MatmulAttrs> = {
  name: 'matmul',
  infer([a, b], { transposeA, transposeB }) {
    if (a!.shape.length < 2 || b!.shape.length < 2)
      throw new Error(`matmul expects matrices, got ${showShape(a!.shape)} and ${showShape(b!.shape)}.`);
    if (a!.dtype !== b!.dtype)
      throw new Error(
        `matmul expects two tensors of the same dtype, got ${a!.dtype} and ${b!.dtype}. Convert one with cast().`,
      );
    const [m, k] = rowsAndColumns(a!.shape, transposeA);
    const [k2, n] = rowsAndColumns(b!.shape, transposeB);
    if (k !== k2)
      throw new Error(
        `matmul of ${showShape(a!.shape)}${transposeA ? ' transposed' : ''} and ${showShape(b!.shape)}${transposeB ? ' transposed' : ''}: the inner dimensions ${k} and ${k2} differ.`,
      );
    return { shape: [...broadcastShapes(a!.shape.slice(0, -2), b!.shape.slice(0, -2)), m, n], dtype: a!.dtype };
  },
  reference([a, b], { transposeA, transposeB }, out) {
    const [m, k] = rowsAndColumns(a!.shape, transposeA);
    const n = out.shape.at(-1)!;
    const batch = out.shape.slice(0, -2);
    const [ia, ib] = [broadcastOffsets(a!.shape.slice(0, -2), batch), broadcastOffsets(b!.shape.slice(0, -2), batch)];
    const [x, y, to] = [elements(a!), elements(b!), elements(out)];
    const [aRow, aColumn] = transposeA ? [1, m] : [k, 1];
    const [bRow, bColumn] = transposeB ? [1, k] : [n, 1];
    // BigInts start from 0n; numbers are accumulated in double precision for every dtype.
    const zero = ((to as unknown) instanceof BigInt64Array ? 0n : 0) as number;
    for (let s = 0; s < sizeOf(batch); s++)
      for (let i = 0; i < m; i++)
        for (let j = 0; j < n; j++) {
          let total = zero;
          for (let p = 0; p < k; p++)
            total += x[ia[s]! * m * k + i * aRow + p * aColumn]! * y[ib[s]! * k * n + p * bRow + j * bColumn]!;
          to[(s * m + i) * n + j] = total;
        }
  },
  gradient: {
    uses: [[1], [0]],
    rules: [
      (g, { inputs: [, b], attrs: { transposeA, transposeB } }) =>
        transposeA ? matmul(b!, g, transposeB, true) : matmul(g, b!, false, !transposeB),
      (g, { inputs: [a], attrs: { transposeA, transposeB } }) =>
        transposeB ? matmul(g, a!, true, transposeA) : matmul(a!, g, !transposeA, false),
    ],
  },
};

/**
 * Matrix product. Leading dimensions broadcast; a vector is a row on the left and a column on the right.
 * @throws if the inner dimensions differ
 */
export function matmul(a: Tensor, b: Tensor, transposeA = false, transposeB = false): Tensor {
  if (a.rank >= 2 && b.rank >= 2) return apply(Matmul, [a, b], { transposeA, transposeB });
  const product = apply(Matmul, [a.rank === 1 ? reshape(a, [1, -1]) : a, b.rank === 1 ? reshape(b, [-1, 1]) : b], {
    transposeA: a.rank > 1 && transposeA,
    transposeB: b.rank > 1 && transposeB,
  });
  const shape = product.shape.filter(
    (_, i) => !(a.rank === 1 && i === product.rank - 2) && !(b.rank === 1 && i === product.rank - 1),
  );
  return reshape(product, shape);
}
