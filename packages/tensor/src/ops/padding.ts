import { integers } from '../create.ts';
import type { Tensor } from '../tensor.ts';
import { gather } from './indexing.ts';

/** Padding modes: the nearest element, a reflection at the first and last element, or a periodic continuation. */
export type PaddingMode = 'edge' | 'reflect' | 'wrap';

/** Pads a tensor with its own elements. */
export const padWith = (x: Tensor, before: readonly number[], after: readonly number[], mode: PaddingMode): Tensor =>
  x.shape.reduce((y, length, axis) => {
    if (!before[axis] && !after[axis]) return y;
    return gather(
      y,
      integers(
        Array.from({ length: length + before[axis]! + after[axis]! }, (_, i) =>
          sourceOf(i - before[axis]!, length, mode),
        ),
      ),
      axis,
    );
  }, x);

function sourceOf(at: number, length: number, mode: PaddingMode): number {
  if (mode === 'edge') return Math.min(Math.max(at, 0), length - 1);
  if (mode === 'wrap') return ((at % length) + length) % length;
  if (length === 1) return 0;
  const period = 2 * (length - 1);
  const place = ((at % period) + period) % period;
  return place < length ? place : period - place;
}
