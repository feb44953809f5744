import { apply } from '../apply.ts';
import type { Op } from '../op.ts';
import { axisOf, showShape, sizeOf } from '../spec.ts';
import type { Tensor } from '../tensor.ts';
import { gatherElements } from './gather-nd.ts';
import { narrow } from './movement.ts';

/** NaN sorts last, as in NumPy and PyTorch; also works on BigInts. */
const ascending = <T extends number | bigint>(a: T, b: T): number =>
  a < b ? -1 : a > b ? 1 : Number(a !== a) - Number(b !== b);

/** The indices that sort an axis, as int64; stable. */
export const ArgSort: Op<{ axis: number; descending: boolean }> = {
  name: 'argSort',
  infer: ([x]) => ({ shape: x!.shape, dtype: 'int64' }),
  reference([x], { axis, descending }, out) {
    const [length, inner] = [x!.shape[axis] ?? 1, sizeOf(x!.shape.slice(axis + 1))];
    const values = x!.data as ArrayLike<number | bigint>;
    const sign = descending ? -1 : 1;
    for (let row = 0; row < out.data.length / length; row++) {
      const at = (i: number): number => (Math.floor(row / inner) * length + i) * inner + (row % inner);
      const order = Array.from({ length }, (_, i) => i).sort(
        (a, b) => sign * ascending(values[at(a)]!, values[at(b)]!) || a - b,
      );
      order.forEach((from, i) => ((out.data as BigInt64Array)[at(i)] = BigInt(from)));
    }
  },
};
/** The indices that sort an axis. @param axis defaults to the last */
export const argSort = (x: Tensor, { axis = -1, descending = false }: SortOptions = {}): Tensor =>
  apply(ArgSort, [x], { axis: axisOf(axis, x.rank), descending });

/** Options of {@link sort} and {@link argSort}. */
export interface SortOptions {
  /** Default: the last axis. */
  readonly axis?: number;
  readonly descending?: boolean;
}
/** Sorted elements and their original indices, as int64. Gradients flow through the elements. */
export interface Sorted {
  readonly values: Tensor;
  readonly indices: Tensor;
}

/** Sorts the elements along an axis, stably; NaN sorts last. */
export function sort(x: Tensor, options: SortOptions = {}): Sorted {
  const indices = argSort(x, options);
  return { values: gatherElements(x, indices, options.axis ?? -1), indices };
}

/**
 * The k largest (or smallest) elements along an axis, in order.
 * @throws if the axis has fewer elements
 */
export function topK(
  x: Tensor,
  k: number,
  { axis = -1, largest = true }: { readonly axis?: number; readonly largest?: boolean } = {},
): Sorted {
  const own = axisOf(axis, x.rank);
  if (!Number.isInteger(k) || k < 0 || k > (x.shape[own] ?? 1))
    throw new Error(
      `topK expects a k from 0 to the ${x.shape[own]} elements along axis ${own} of ${showShape(x.shape)}, got ${k}.`,
    );
  const indices = narrow(argSort(x, { axis: own, descending: largest }), own, 0, k);
  return { values: gatherElements(x, indices, own), indices };
}
