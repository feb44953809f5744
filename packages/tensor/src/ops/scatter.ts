import { full, integers } from '../create.ts';
import { axisOf, sizeOf } from '../spec.ts';
import type { Tensor } from '../tensor.ts';
import { add, maximum, minimum, mul } from './arithmetic.ts';
import { elementOffsets, sliceOffsets } from './gather-nd.ts';
import { gather } from './indexing.ts';
import { concat, reshape } from './movement.ts';

/** How updates are combined with the data and with each other; `none` replaces. */
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
 * Replaces rows with updates, or combines them.
 * @param offsets the row of each update; several updates may share one
 * @returns the new rows; with `none`, the last update of a row wins
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
    // The result is gathered from data and updates, concatenated.
    offsets.forEach((offset, i) => (own[offset] = count + i));
    return gather(concat([rows, updates], 0), integers(own));
  }
  const known = reductions[reduction];
  if (!known)
    throw new Error(`scatter reduction "${reduction as string}" is not supported. Use none, add, mul, max or min.`);
  // One round for the first update of each row, one for the second, etc..
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

/** Copies the data and replaces the slices at index tuples [..., k] with updates [..., ...rest], or combines them: ONNX's ScatterND. */
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

/** Copies the data and replaces elements by index along an axis with updates, or combines them: PyTorch's `scatter`, ONNX's ScatterElements. */
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
