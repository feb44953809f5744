import { full, integers } from '../create.ts';
import { axisOf, sizeOf } from '../spec.ts';
import type { Tensor } from '../tensor.ts';
import { add, maximum, minimum, mul } from './arithmetic.ts';
import { elementOffsets, sliceOffsets } from './gather-nd.ts';
import { gather } from './indexing.ts';
import { concat, reshape } from './movement.ts';

/** How an update is joined with what is there, or with another one: it takes its place where none is named. */
export type ScatterReduction = 'none' | 'add' | 'mul' | 'max' | 'min';

const reductions: Readonly<
  Record<string, { readonly join: (a: Tensor, b: Tensor) => Tensor; readonly idle?: number }>
> = {
  add: { join: add, idle: 0 },
  mul: { join: mul, idle: 1 },
  max: { join: maximum },
  min: { join: minimum },
};

/**
 * Rows replaced by updates, or joined with them.
 * @param offsets which row each update is for; several may be for one
 * @returns of several updates for one row the last, where they are not joined
 */
export function scatterRows(
  rows: Tensor,
  offsets: readonly number[],
  updates: Tensor,
  reduction: ScatterReduction = 'none',
): Tensor {
  const count = rows.shape[0]!;
  const own = Array.from({ length: count }, (_, i) => i);
  if (reduction === 'none') {
    // The result is gathered from both, one below the other.
    offsets.forEach((offset, i) => (own[offset] = count + i));
    return gather(concat([rows, updates], 0), integers(own));
  }
  const known = reductions[reduction];
  if (!known)
    throw new Error(`scatter reduction "${reduction as string}" is not known: it is none, add, mul, max or min.`);
  // One round for the first update of each row, one for the second, and so on.
  const rounds: Map<number, number>[] = [];
  const seen = new Map<number, number>();
  offsets.forEach((offset, i) => {
    const round = seen.get(offset) ?? 0;
    seen.set(offset, round + 1);
    (rounds[round] ??= new Map()).set(offset, i);
  });
  const idle = known.idle === undefined ? rows : full([1, ...rows.shape.slice(1)], known.idle, rows);
  const others = (i: number): number => updates.shape[0]! + (known.idle === undefined ? i : 0);
  return rounds.reduce(
    (result, round) =>
      known.join(result, gather(concat([updates, idle], 0), integers(own.map((i) => round.get(i) ?? others(i))))),
    rows,
  );
}

/** A copy of the data whose slices that index tuples [..., k] name are replaced by updates [..., ...rest], or joined with them: ONNX's ScatterND. */
export function scatterND(data: Tensor, indices: Tensor, updates: Tensor, reduction?: ScatterReduction): Tensor {
  const { offsets, depth } = sliceOffsets(indices, data.shape);
  const rest = data.shape.slice(depth);
  return reshape(
    scatterRows(
      reshape(data, [sizeOf(data.shape.slice(0, depth)), ...rest]),
      offsets,
      reshape(updates, [offsets.length, ...rest]),
      reduction,
    ),
    data.shape,
  );
}

/** A copy of the data whose elements that indices name along an axis, each in its own row, are replaced by updates, or joined with them: PyTorch's `scatter`, ONNX's ScatterElements. */
export const scatterElements = (
  data: Tensor,
  indices: Tensor,
  updates: Tensor,
  axis: number,
  reduction?: ScatterReduction,
): Tensor =>
  reshape(
    scatterRows(
      reshape(data, [-1]),
      elementOffsets(indices, data.shape, axisOf(axis, data.rank)),
      reshape(updates, [-1]),
      reduction,
    ),
    data.shape,
  );
