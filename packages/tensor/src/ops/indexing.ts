import { apply } from '../apply.ts';
import type { DType } from '../dtype.ts';
import type { Op } from '../op.ts';
import { axisOf, broadcastShapes, type HostArray, type Shape, sizeOf } from '../spec.ts';
import type { Tensor } from '../tensor.ts';
import { cast } from './cast.ts';
import { mul, sub } from './arithmetic.ts';
import { broadcastOffsets, elements } from './elementwise.ts';

/** Selects `a` where the condition holds, otherwise `b`; all broadcast. Inputs: condition (bool), a, b. */
export const Where: Op = {
  name: 'where',
  infer([condition, a, b]) {
    if (a!.dtype !== b!.dtype)
      throw new Error(`where expects two tensors of the same dtype to choose from, got ${a!.dtype} and ${b!.dtype}.`);
    return { shape: broadcastShapes(condition!.shape, a!.shape, b!.shape), dtype: a!.dtype };
  },
  reference([condition, a, b], _, out) {
    const [ic, ia, ib] = [condition!, a!, b!].map((x) => broadcastOffsets(x.shape, out.shape)) as [
      Int32Array,
      Int32Array,
      Int32Array,
    ];
    const [c, x, y, to] = [elements(condition!), elements(a!), elements(b!), elements(out)];
    for (let i = 0; i < to.length; i++) to[i] = c[ic[i]!]! ? x[ia[i]!]! : y[ib[i]!]!;
  },
  gradient: {
    uses: [0],
    rules: [
      null,
      (g, { inputs: [condition] }) => mul(g, cast(condition!, g.dtype)),
      (g, { inputs: [condition] }) => mul(g, sub(1, cast(condition!, g.dtype))),
    ],
  },
};
/** Selects a where the condition holds, otherwise b; shapes broadcast. */
export const where = (condition: Tensor, a: Tensor, b: Tensor): Tensor => apply(Where, [condition, a, b], undefined);

/** Visits an array in blocks along an axis: `outer` blocks of `length` rows of `inner` elements. */
const blocks = (shape: Shape, axis: number): { outer: number; length: number; inner: number } => ({
  outer: sizeOf(shape.slice(0, axis)),
  length: shape[axis]!,
  inner: sizeOf(shape.slice(axis + 1)),
});
function indexOf(indices: HostArray, i: number, length: number): number {
  const index = Number(indices.data[i]!);
  if (index < -length || index >= length)
    throw new Error(`Index ${index} (at ${i}) is outside an axis of ${length} elements.`);
  return index < 0 ? index + length : index;
}

/** Gathers rows along an axis, which is replaced by the indices' dimensions. Inputs: x, indices (integers). */
export const Gather: Op<{ axis: number }> = {
  name: 'gather',
  infer: ([x, indices], { axis }) => ({
    shape: [...x!.shape.slice(0, axis), ...indices!.shape, ...x!.shape.slice(axis + 1)],
    dtype: x!.dtype,
  }),
  reference([x, indices], { axis }, out) {
    const { outer, length, inner } = blocks(x!.shape, axis);
    const count = indices!.data.length;
    const [from, to] = [elements(x!), elements(out)];
    for (let o = 0; o < outer; o++)
      for (let i = 0; i < count; i++) {
        const start = (o * length + indexOf(indices!, i, length)) * inner;
        to.set(from.subarray(start, start + inner), (o * count + i) * inner);
      }
  },
  gradient: {
    uses: [1],
    rules: [
      (g, { inputs: [x, indices], attrs: { axis } }) => apply(GatherGrad, [g, indices!], { axis, shape: x!.shape }),
      null,
    ],
  },
};
/** Scatters rows into zeros by index, adding them up. Inputs: g, indices. */
export const GatherGrad: Op<{ axis: number; shape: Shape }> = {
  name: 'gatherGrad',
  infer: ([g], { shape }) => ({ shape, dtype: g!.dtype }),
  reference([g, indices], { axis, shape }, out) {
    const { outer, length, inner } = blocks(shape, axis);
    const count = indices!.data.length;
    const [from, to] = [elements(g!), elements(out)];
    to.fill(0);
    for (let o = 0; o < outer; o++)
      for (let i = 0; i < count; i++) {
        const target = (o * length + indexOf(indices!, i, length)) * inner;
        for (let k = 0; k < inner; k++) to[target + k]! += from[(o * count + i) * inner + k]!;
      }
  },
  gradient: {
    uses: [1],
    rules: [(gg, { inputs: [, indices], attrs: { axis } }) => apply(Gather, [gg, indices!], { axis }), null],
  },
};
/** Gathers slices of x along an axis, which is replaced by the indices' dimensions; negative indices count from the end. */
export const gather = (x: Tensor, indices: Tensor, axis = 0): Tensor =>
  apply(Gather, [x, indices], { axis: axisOf(axis, x.rank) });

/** One-hot encoding: integers [...] → [..., depth]. An index out of range gives a row of zeros. */
export const OneHot: Op<{ depth: number; dtype: DType }> = {
  name: 'oneHot',
  infer: ([indices], { depth, dtype }) => ({ shape: [...indices!.shape, depth], dtype }),
  reference([indices], { depth }, out) {
    const to = elements(out);
    to.fill(0);
    for (let i = 0; i < indices!.data.length; i++) {
      const index = Number(indices!.data[i]!);
      if (index >= 0 && index < depth) to[i * depth + index] = 1;
    }
  },
};
/** One-hot encoding: indices [...] → [..., depth]. */
export const oneHot = (indices: Tensor, depth: number, { dtype }: { dtype: DType } = { dtype: 'float32' }): Tensor =>
  apply(OneHot, [indices], { depth, dtype });
