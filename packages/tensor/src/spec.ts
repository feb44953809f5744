import type { DType, TypedArray } from './dtype.ts';

/** Sizes of the axes; empty for a scalar. */
export type Shape = readonly number[];

/** Shape and dtype of a tensor, known before it is computed. */
export interface TensorSpec {
  readonly shape: Shape;
  readonly dtype: DType;
}

/** A tensor as passed to a reference kernel: contiguous, row-major elements in host memory. */
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

/** Dimensions that messages show: a file may have thousands. */
const mostShown = 16;
/** Formats a shape for messages: `[2, 3]`. */
export const showShape = (shape: Shape): string =>
  shape.length > mostShown ? `[${shape.slice(0, mostShown).join(', ')}, …]` : `[${shape.join(', ')}]`;

/**
 * The common shape that shapes broadcast to, by NumPy's rules.
 * @throws if two dimensions differ and neither is 1
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
 * Normalises an axis; negative axes count from the end.
 * @throws if it is out of range
 */
export function axisOf(axis: number, rank: number): number {
  const own = axis < 0 ? axis + rank : axis;
  if (!Number.isInteger(own) || own < 0 || own >= Math.max(1, rank))
    throw new Error(`Axis ${axis} is out of range for a tensor of rank ${rank}. Use ${-rank} to ${rank - 1}.`);
  return own;
}

/** Normalises axes: non-negative, sorted and unique; defaults to all. */
export function axesOf(axes: number | readonly number[] | undefined, rank: number): number[] {
  if (axes === undefined) return Array.from({ length: rank }, (_, i) => i);
  const own = (typeof axes === 'number' ? [axes] : axes).map((axis) => axisOf(axis, rank));
  return [...new Set(own)].sort((a, b) => a - b);
}
