import { apply } from '../apply.ts';
import type { NumberArray } from '../dtype.ts';
import type { Op } from '../op.ts';
import {
  axisOf,
  broadcastShapes,
  type HostArray,
  type Shape,
  sameShape,
  showShape,
  sizeOf,
  stridesOf,
} from '../spec.ts';
import type { Tensor } from '../tensor.ts';
import { broadcastOffsets, elements, stridedOffsets } from './elementwise.ts';

/** Copies elements by offsets; works on numbers and BigInts. */
function copyFrom(x: HostArray, offsets: Int32Array, out: HostArray): void {
  const [from, to] = [elements(x), elements(out)];
  for (let i = 0; i < to.length; i++) to[i] = from[offsets[i]!]!;
}

/** Changes the shape; shares the buffer. */
export const Reshape: Op<{ shape: Shape }> = {
  name: 'reshape',
  alias: true,
  infer([x], { shape }) {
    if (sizeOf(shape) !== sizeOf(x!.shape))
      throw new Error(
        `reshape cannot turn ${showShape(x!.shape)} (${sizeOf(x!.shape)} elements) into ${showShape(shape)} (${sizeOf(shape)}).`,
      );
    return { shape, dtype: x!.dtype };
  },
  gradient: { uses: [], rules: [(g, { inputs: [x] }) => reshape(g, x!.shape)] },
};
/** @param shape one dimension may be -1, which is inferred */
export function reshape(x: Tensor, shape: Shape): Tensor {
  const known = shape.reduce((size, dim) => (dim === -1 ? size : size * dim), 1);
  const full = shape.map((dim) => (dim === -1 ? x.size / known : dim));
  if (!full.every((dim) => Number.isInteger(dim) && dim >= 0) || shape.filter((dim) => dim === -1).length > 1)
    throw new Error(`reshape cannot turn ${showShape(x.shape)} into ${showShape(shape)}.`);
  return sameShape(full, x.shape) ? x : apply(Reshape, [x], { shape: full });
}

/** Flattens dimensions from `start`: `[batch, channels, 1, 1]` becomes `[batch, channels]`. */
export function flatten(x: Tensor, start = 1): Tensor {
  const axis = start < 0 ? start + x.rank : start;
  return reshape(x, [...x.shape.slice(0, axis), sizeOf(x.shape.slice(axis))]);
}

/** Removes dimensions of size 1 (all by default). */
export const squeeze = (x: Tensor, axes?: readonly number[]): Tensor => {
  const own = axes?.map((axis) => axisOf(axis, x.rank));
  return reshape(
    x,
    x.shape.filter((dim, i) => (own ? !own.includes(i) : dim !== 1)),
  );
};
/** Inserts dimensions of size 1 at these positions of the result. */
export function unsqueeze(x: Tensor, axes: number | readonly number[]): Tensor {
  const list = typeof axes === 'number' ? [axes] : axes;
  const rank = x.rank + list.length;
  const own = new Set(list.map((axis) => axisOf(axis, rank)));
  if (own.size < list.length)
    throw new Error(
      `unsqueeze of ${showShape(x.shape)} expects each axis once, got ${list.length} axes, ${own.size} of them different.`,
    );
  const dims = [...x.shape];
  return reshape(
    x,
    Array.from({ length: rank }, (_, i) => (own.has(i) ? 1 : dims.shift()!)),
  );
}

/** Broadcasts dimensions of size 1, and new leading ones, to a shape. */
export const Expand: Op<{ shape: Shape }> = {
  name: 'expand',
  infer([x], { shape }) {
    if (!sameShape(broadcastShapes(x!.shape, shape), shape))
      throw new Error(`expand cannot spread ${showShape(x!.shape)} over ${showShape(shape)}.`);
    return { shape, dtype: x!.dtype };
  },
  reference: ([x], _, out) => copyFrom(x!, broadcastOffsets(x!.shape, out.shape), out),
  gradient: { uses: [], rules: [(g) => g] }, // the caller undoes broadcasting
};
/** Broadcasts x to a shape. */
export const expand = (x: Tensor, shape: Shape): Tensor =>
  sameShape(x.shape, shape) ? x : apply(Expand, [x], { shape });

/** Dimension `i` of the result is dimension `permutation[i]` of the input. */
export const Transpose: Op<{ permutation: readonly number[] }> = {
  name: 'transpose',
  infer: ([x], { permutation }) => ({ shape: permutation.map((axis) => x!.shape[axis]!), dtype: x!.dtype }),
  reference([x], { permutation }, out) {
    const strides = stridesOf(x!.shape);
    copyFrom(
      x!,
      stridedOffsets(
        out.shape,
        permutation.map((axis) => strides[axis]!),
      ),
      out,
    );
  },
  gradient: {
    uses: [],
    rules: [
      (g, { attrs: { permutation } }) =>
        transpose(
          g,
          permutation.map((_, i) => permutation.indexOf(i)),
        ),
    ],
  },
};
/** @param permutation reversed by default */
export function transpose(x: Tensor, permutation: readonly number[] = x.shape.map((_, i) => x.rank - 1 - i)): Tensor {
  const own = permutation.map((axis) => axisOf(axis, x.rank));
  if (own.length !== x.rank || new Set(own).size !== x.rank)
    throw new Error(
      `transpose of ${showShape(x.shape)} expects each of its ${x.rank} axes once, got [${permutation}].`,
    );
  return own.every((axis, i) => axis === i) ? x : apply(Transpose, [x], { permutation: own });
}

/** Start, length and step of a slice for each axis. */
export interface SliceAttrs {
  /** First index along each axis. */
  readonly starts: readonly number[];
  /** Number of elements along each axis. */
  readonly sizes: readonly number[];
  /** Step along each axis; negative steps go backwards. */
  readonly steps: readonly number[];
}
const sliceOffsets = (shape: Shape, { starts, sizes, steps }: SliceAttrs): Int32Array => {
  const strides = stridesOf(shape);
  return stridedOffsets(
    sizes,
    strides.map((stride, i) => stride * steps[i]!),
    starts.reduce((sum, start, i) => sum + start * strides[i]!, 0),
  );
};

/** A strided slice along each axis. */
export const Slice: Op<SliceAttrs> = {
  name: 'slice',
  infer([x], { starts, sizes, steps }) {
    x!.shape.forEach((dim, i) => {
      const [first, last] = [starts[i]!, starts[i]! + (sizes[i]! - 1) * steps[i]!];
      if (sizes[i]! > 0 && (first < 0 || first >= dim || last < 0 || last >= dim))
        throw new Error(`slice reaches from ${first} to ${last} along axis ${i} of ${showShape(x!.shape)}.`);
    });
    return { shape: sizes, dtype: x!.dtype };
  },
  reference: ([x], attrs, out) => copyFrom(x!, sliceOffsets(x!.shape, attrs), out),
  gradient: { uses: [], rules: [(g, { inputs: [x], attrs }) => apply(SliceGrad, [g], { ...attrs, shape: x!.shape })] },
};
/** Writes a slice back to its position in a tensor of zeros. */
export const SliceGrad: Op<SliceAttrs & { shape: Shape }> = {
  name: 'sliceGrad',
  infer: ([g], { shape }) => ({ shape, dtype: g!.dtype }),
  reference([g], attrs, out) {
    const offsets = sliceOffsets(attrs.shape, attrs);
    const [from, to] = [elements(g!), elements(out)];
    fillZero(to);
    for (let i = 0; i < offsets.length; i++) to[offsets[i]!] = from[i]!;
  },
  gradient: {
    uses: [],
    rules: [(g, { attrs: { starts, sizes, steps } }) => apply(Slice, [g], { starts, sizes, steps })],
  },
};
/**
 * Slices a tensor along each axis from `start` up to (not including) `end`, which may be negative, as in Python.
 * @param ends the whole axis where undefined
 */
export function slice(
  x: Tensor,
  starts: readonly number[],
  ends: readonly (number | undefined)[] = [],
  steps: readonly number[] = [],
): Tensor {
  const attrs = { starts: [] as number[], sizes: [] as number[], steps: [] as number[] };
  x.shape.forEach((dim, i) => {
    const step = steps[i] ?? 1;
    if (step === 0) throw new Error(`slice expects steps other than 0, got one along axis ${i}.`);
    const clamp = (at: number): number =>
      Math.min(Math.max(at < 0 ? at + dim : at, step < 0 ? -1 : 0), step < 0 ? dim - 1 : dim);
    const start = starts[i] === undefined ? (step < 0 ? dim - 1 : 0) : clamp(starts[i]);
    const end = ends[i] === undefined ? (step < 0 ? -1 : dim) : clamp(ends[i]);
    attrs.starts.push(start);
    attrs.sizes.push(Math.max(0, Math.ceil((end - start) / step)));
    attrs.steps.push(step);
  });
  return sameShape(attrs.sizes, x.shape) && attrs.steps.every((step) => step > 0) ? x : apply(Slice, [x], attrs);
}
/** A slice of `length` elements along one axis, from `start`. */
export function narrow(x: Tensor, axis: number, start: number, length: number): Tensor {
  const own = axisOf(axis, x.rank);
  const at = <T>(value: T, other: (dim: number) => T): T[] => x.shape.map((dim, i) => (i === own ? value : other(dim)));
  return apply(Slice, [x], {
    starts: at(start, () => 0),
    sizes: at(length, (dim) => dim),
    steps: x.shape.map(() => 1),
  });
}

/** Concatenates tensors along an axis. */
export const Concat: Op<{ axis: number }> = {
  name: 'concat',
  infer(inputs, { axis }) {
    const [first] = inputs;
    for (const { shape, dtype } of inputs)
      if (
        dtype !== first!.dtype ||
        shape.length !== first!.shape.length ||
        shape.some((dim, i) => i !== axis && dim !== first!.shape[i])
      )
        throw new Error(
          `concat along axis ${axis} expects tensors that match in dtype and all other dimensions, got ${inputs.map((x) => `${x.dtype} ${showShape(x.shape)}`).join(', ')}.`,
        );
    return {
      shape: first!.shape.map((dim, i) => (i === axis ? inputs.reduce((sum, x) => sum + x.shape[axis]!, 0) : dim)),
      dtype: first!.dtype,
    };
  },
  reference(inputs, { axis }, out) {
    const row = sizeOf(out.shape.slice(axis));
    let column = 0;
    for (const x of inputs) {
      const own = sizeOf(x.shape.slice(axis));
      const rows = own ? x.data.length / own : 0;
      for (let r = 0; r < rows; r++) elements(out).set(elements(x).subarray(r * own, (r + 1) * own), r * row + column);
      column += own;
    }
  },
  gradient: {
    uses: [],
    rules:
      (i) =>
      (g, { inputs, attrs: { axis } }) =>
        narrow(
          g,
          axis,
          inputs.slice(0, i).reduce((sum, x) => sum + x.shape[axis]!, 0),
          inputs[i]!.shape[axis]!,
        ),
  },
};
/** Concatenates tensors along an axis. */
export function concat(tensors: readonly Tensor[], axis = 0): Tensor {
  if (!tensors.length) throw new Error('concat expects at least one tensor.');
  return tensors.length === 1 ? tensors[0]! : apply(Concat, tensors, { axis: axisOf(axis, tensors[0]!.rank) });
}
/** Stacks tensors of the same shape along a new axis. */
export const stack = (tensors: readonly Tensor[], axis = 0): Tensor =>
  concat(
    tensors.map((x) => unsqueeze(x, axis)),
    axis < 0 ? axis + (tensors[0]?.rank ?? 0) + 1 : axis,
  );
/** Splits a tensor into parts of these sizes along an axis. */
export function split(x: Tensor, sizes: readonly number[], axis = 0): Tensor[] {
  let start = 0;
  return sizes.map((size) => narrow(x, axis, (start += size) - size, size));
}

/** Pads a tensor with a constant; negative amounts crop it. */
export const Pad: Op<{ before: readonly number[]; after: readonly number[]; value: number }> = {
  name: 'pad',
  infer: ([x], { before, after }) => ({
    shape: x!.shape.map((dim, i) => dim + before[i]! + after[i]!),
    dtype: x!.dtype,
  }),
  reference([x], { before, value }, out) {
    const [from, to] = [elements(x!), elements(out)];
    to.fill((to as unknown) instanceof BigInt64Array ? (BigInt(value) as never) : value);
    const inside = x!.shape.map((dim, i) =>
      Math.max(0, Math.min(dim, out.shape[i]! - before[i]!) - Math.max(0, -before[i]!)),
    );
    const [own, theirs] = [stridesOf(x!.shape), stridesOf(out.shape)];
    const sources = stridedOffsets(
      inside,
      own,
      before.reduce((sum, b, i) => sum + Math.max(0, -b) * own[i]!, 0),
    );
    const targets = stridedOffsets(
      inside,
      theirs,
      before.reduce((sum, b, i) => sum + Math.max(0, b) * theirs[i]!, 0),
    );
    for (let i = 0; i < sources.length; i++) to[targets[i]!] = from[sources[i]!]!;
  },
  gradient: {
    uses: [],
    rules: [
      (g, { attrs: { before, after } }) =>
        pad(
          g,
          before.map((n) => -n),
          after.map((n) => -n),
        ),
    ],
  },
};
/** Pads x with a value, by the given numbers of elements before and after each axis; negative numbers crop. */
export const pad = (x: Tensor, before: readonly number[], after: readonly number[], value = 0): Tensor =>
  [...before, ...after].every((n) => n === 0) ? x : apply(Pad, [x], { before, after, value });

function fillZero(array: NumberArray): void {
  array.fill(((array as unknown) instanceof BigInt64Array ? 0n : 0) as number);
}
