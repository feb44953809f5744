// Shared by the decompositions of matrices [..., m, n], which are computed on the host in double precision.
import { isFloat } from '../dtype.ts';
import { type HostArray, type Shape, showShape, sizeOf, type TensorSpec } from '../spec.ts';
import type { Tensor } from '../tensor.ts';
import { elements } from './elementwise.ts';
import { transpose } from './movement.ts';

/** @throws if the input does not hold floating-point matrices, or square ones if required */
export function wantMatrices(
  op: string,
  { shape, dtype }: TensorSpec,
  { square = false }: { readonly square?: boolean } = {},
): void {
  if (shape.length < 2 || (square && shape.at(-1) !== shape.at(-2)))
    throw new Error(
      `${op} expects ${square ? 'square matrices [..., n, n]' : 'matrices [..., m, n]'}, got ${showShape(shape)}.`,
    );
  if (!isFloat(dtype)) throw new Error(`${op} expects floating-point numbers, got ${dtype}. Convert them with cast().`);
}

/** A copy of each matrix, row by row, in double precision. */
export function matricesOf(x: HostArray): Float64Array[] {
  const each = sizeOf(x.shape.slice(-2));
  return Array.from({ length: sizeOf(x.shape.slice(0, -2)) }, (_, i) =>
    Float64Array.from(elements(x).subarray(i * each, (i + 1) * each)),
  );
}

/** Which of several matrices an error is about. */
export const whichMatrix = (i: number, shape: Shape): string => (shape.length > 2 ? ` of matrix ${i}` : '');

/** Matrices [..., m, n] → [..., n, m]. */
export const matrixTranspose = (x: Tensor): Tensor =>
  transpose(
    x,
    [...x.shape.keys()].map((i) => (i < x.rank - 2 ? i : 2 * x.rank - 3 - i)),
  );
