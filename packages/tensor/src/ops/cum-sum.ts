import { apply } from '../apply.ts';
import { tensor } from '../create.ts';
import { toArray } from '../dtype.ts';
import type { Op } from '../op.ts';
import { axisOf, sizeOf } from '../spec.ts';
import type { Tensor } from '../tensor.ts';
import { elements } from './elementwise.ts';
import { matmul } from './matmul.ts';
import { reshape, transpose } from './movement.ts';

export interface CumSumOptions {
  /** Whether to exclude the element itself. */
  readonly exclusive?: boolean;
  /** Whether to sum from the end. */
  readonly reverse?: boolean;
}

/** Cumulative sum along an axis. */
export const CumSum: Op<{ axis: number } & Required<CumSumOptions>> = {
  name: 'cumSum',
  infer: ([x]) => ({ shape: x!.shape, dtype: x!.dtype }),
  reference([x], { axis, exclusive, reverse }, out) {
    const [length, inner] = [x!.shape[axis] ?? 1, sizeOf(x!.shape.slice(axis + 1))];
    const [from, to] = [elements(x!), elements(out)];
    const zero = (
      (to as unknown) instanceof BigInt64Array || (to as unknown) instanceof BigUint64Array ? 0n : 0
    ) as number;
    for (let row = 0; row < to.length / length; row++) {
      let total = zero;
      for (let i = 0; i < length; i++) {
        const at = (Math.floor(row / inner) * length + (reverse ? length - 1 - i : i)) * inner + (row % inner);
        if (exclusive) to[at] = total;
        total += from[at]!;
        if (!exclusive) to[at] = total;
      }
    }
  },
  /** A product with a triangular matrix of ones. */
  decompose([x], { axis, exclusive, reverse }) {
    const length = x!.shape[axis] ?? 1;
    const counts = (from: number, to: number): boolean =>
      (reverse ? from > to : from < to) || (from === to && !exclusive);
    const ones = Array.from({ length: length * length }, (_, i) => Number(counts(Math.floor(i / length), i % length)));
    const ordered = [...x!.shape.map((_, i) => i).filter((i) => i !== axis), axis];
    const summed = matmul(
      reshape(transpose(x!, ordered), [-1, length]),
      tensor(toArray(ones, x!.dtype), { shape: [length, length], dtype: x!.dtype, backend: x!.backend }),
    );
    return transpose(
      reshape(
        summed,
        ordered.map((i) => x!.shape[i]!),
      ),
      ordered.map((_, i) => ordered.indexOf(i)),
    );
  },
  gradient: {
    uses: [],
    rules: [(g, { attrs: { reverse, ...attrs } }) => apply(CumSum, [g], { ...attrs, reverse: !reverse })],
  },
};
/** Cumulative sum along an axis. */
export const cumSum = (x: Tensor, axis = -1, { exclusive = false, reverse = false }: CumSumOptions = {}): Tensor =>
  apply(CumSum, [x], { axis: axisOf(axis, x.rank), exclusive, reverse });
