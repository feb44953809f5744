import type { DType, TypedArray } from './dtype.ts';

/** Sizes of the axes; empty for a scalar. */
export type Shape = readonly number[];

/** What is known of a tensor before it is computed. */
export interface TensorSpec {
  readonly shape: Shape;
  readonly dtype: DType;
}

/** A tensor as a reference kernel sees it: contiguous, row-major elements in host memory. */
export interface HostArray extends TensorSpec {
  readonly data: TypedArray;
}

/** Number of elements. */
export function sizeOf(shape: Shape): number {
  let size = 1;
  for (const dim of shape) size *= dim;
  return size;
}

/** Row-major strides, in elements. */
export function stridesOf(shape: Shape): number[] {
  const strides = new Array<number>(shape.length);
  for (let i = shape.length - 1, stride = 1; i >= 0; i--) {
    strides[i] = stride;
    stride *= shape[i]!;
  }
  return strides;
}

/** Whether two shapes have the same sizes. */
export const sameShape = (a: Shape, b: Shape): boolean => a.length === b.length && a.every((dim, i) => dim === b[i]);

/** `[2, 3]`, as messages show a shape. */
export const showShape = (shape: Shape): string => `[${shape.join(', ')}]`;

/**
 * The shape that shapes broadcast to, by NumPy's rule.
 * @throws where two dimensions differ and neither is 1
 */
export function broadcastShapes(...shapes: readonly Shape[]): Shape {
  const rank = Math.max(0, ...shapes.map((shape) => shape.length));
  return Array.from({ length: rank }, (_, i) => {
    let dim = 1;
    for (const shape of shapes) {
      const own = shape[shape.length - rank + i] ?? 1;
      if (own === 1 || own === dim) continue;
      if (dim !== 1)
        throw new Error(
          `Shapes ${shapes.map(showShape).join(' and ')} do not broadcast: ${dim} and ${own} differ and neither is 1.`,
        );
      dim = own;
    }
    return dim;
  });
}

/**
 * An axis counted from the front; negative ones count from the back.
 * @throws where it is outside the rank
 */
export function axisOf(axis: number, rank: number): number {
  const own = axis < 0 ? axis + rank : axis;
  if (!Number.isInteger(own) || own < 0 || own >= Math.max(1, rank))
    throw new Error(`Axis ${axis} is outside a tensor of rank ${rank}: give ${-rank} to ${rank - 1}.`);
  return own;
}

/** Axes counted from the front, sorted, without repeats; all of them where none are given. */
export function axesOf(axes: number | readonly number[] | undefined, rank: number): number[] {
  if (axes === undefined) return Array.from({ length: rank }, (_, i) => i);
  const own = (typeof axes === 'number' ? [axes] : axes).map((axis) => axisOf(axis, rank));
  return [...new Set(own)].sort((a, b) => a - b);
}
