import { apply } from '../apply.ts';
import type { BigIntArray, TypedArray } from '../dtype.ts';
import type { Gradient, Op } from '../op.ts';
import { axesOf, axisOf, type Shape, sizeOf, stridesOf, type TensorSpec } from '../spec.ts';
import type { Tensor } from '../tensor.ts';
import { add, div, exp, log, mul, sub } from './arithmetic.ts';
import { cast, stopGradient } from './cast.ts';
import { equal } from './comparison.ts';
import { elements, stridedOffsets } from './elementwise.ts';
import { expand, reshape } from './movement.ts';

/** The axes to reduce, and whether to keep them with size 1. */
export interface ReductionAttrs {
  /** Sorted and non-negative. */
  readonly axes: readonly number[];
  readonly keepDims: boolean;
}

/** The shape with reduced axes set to size 1. */
const keptShape = (shape: Shape, axes: readonly number[]): Shape => shape.map((dim, i) => (axes.includes(i) ? 1 : dim));

const inferReduction = ({ shape, dtype }: TensorSpec, { axes, keepDims }: ReductionAttrs): TensorSpec => ({
  shape: keepDims ? keptShape(shape, axes) : shape.filter((_, i) => !axes.includes(i)),
  dtype,
});

/** A reduction by a function of the elements of a group, given as offsets into the input. */
function reduction(
  name: string,
  reduce: (values: TypedArray, start: number, offsets: Int32Array) => number | bigint,
  gradient: Gradient<ReductionAttrs>,
): Op<ReductionAttrs> {
  return {
    name,
    infer: ([x], attrs) => inferReduction(x!, attrs),
    reference([x], { axes }, out) {
      const [starts, offsets] = groups(x!.shape, axes);
      const to = elements(out);
      for (let i = 0; i < to.length; i++) to[i] = reduce(x!.data, starts[i]!, offsets) as number;
    },
    gradient,
  };
}

const isBigIntArray = (values: TypedArray): values is BigIntArray =>
  values instanceof BigInt64Array || values instanceof BigUint64Array;

/** The start of each group of reduced elements, and the offsets of its members. */
function groups(shape: Shape, axes: readonly number[]): [starts: Int32Array, offsets: Int32Array] {
  const strides = stridesOf(shape);
  const kept = shape.flatMap((_, i) => (axes.includes(i) ? [] : [i]));
  const walk = (dims: readonly number[]): Int32Array =>
    stridedOffsets(
      dims.map((i) => shape[i]!),
      dims.map((i) => strides[i]!),
    );
  return [walk(kept), walk(axes)];
}

/** Broadcasts a reduced tensor back to the input's shape. */
const spread = (reduced: Tensor, x: Tensor, { axes }: ReductionAttrs): Tensor =>
  expand(reshape(reduced, keptShape(x.shape, axes)), x.shape);
const countOf = (shape: Shape, axes: readonly number[]): number =>
  axes.reduce((count, axis) => count * shape[axis]!, 1);

/** Sum over axes. */
export const Sum = reduction(
  'sum',
  (values, start, offsets) => {
    let sum = (isBigIntArray(values) ? 0n : 0) as number;
    for (let i = 0; i < offsets.length; i++) sum += values[start + offsets[i]!]! as number;
    return sum;
  },
  { uses: [], rules: [(g, { inputs: [x], attrs }) => spread(g, x!, attrs)] },
);

/** Mean over axes. */
export const Mean = reduction(
  'mean',
  (values, start, offsets) => {
    let sum = 0;
    for (let i = 0; i < offsets.length; i++) sum += Number(values[start + offsets[i]!]!);
    return isBigIntArray(values) ? BigInt(Math.trunc(sum / offsets.length)) : sum / offsets.length;
  },
  { uses: [], rules: [(g, { inputs: [x], attrs }) => spread(mul(g, 1 / countOf(x!.shape, attrs.axes)), x!, attrs)] },
);

/** Elements that tie for the extreme share the gradient equally. */
const extremeGradient: Gradient<ReductionAttrs> = {
  uses: [0, 'output'],
  rules: [
    (g, { inputs: [x], output, attrs }) => {
      const winners = cast(equal(x!, spread(output, x!, attrs)), x!.dtype);
      return mul(winners, spread(div(g, sum(winners, attrs.axes, attrs.keepDims)), x!, attrs));
    },
  ],
};
const extreme = (name: string, better: (a: number, b: number) => boolean): Op<ReductionAttrs> =>
  reduction(
    name,
    (values, start, offsets) => {
      let best = values[start + (offsets[0] ?? 0)]!;
      for (let i = 1; i < offsets.length; i++) {
        const value = values[start + offsets[i]!]!;
        if (better(value as number, best as number) || value !== value) best = value; // NaN wins, as in PyTorch
      }
      return best;
    },
    extremeGradient,
  );
/** Maximum over axes. */
export const Max = extreme('max', (a, b) => a > b);
/** Minimum over axes. */
export const Min = extreme('min', (a, b) => a < b);

/** Product over axes. */
export const Prod = reduction(
  'prod',
  (values, start, offsets) => {
    let product = (isBigIntArray(values) ? 1n : 1) as number;
    for (let i = 0; i < offsets.length; i++) product *= values[start + offsets[i]!]! as number;
    return product;
  },
  {
    uses: [0],
    rules: [
      (g, { inputs: [x], attrs }) => {
        // The gradient of an element is the product of all others. With zeros replaced by 1: the product without it if there is no zero, and for a single zero the product of the rest.
        const isZero = cast(equal(x!, 0), x!.dtype);
        const filled = add(x!, isZero);
        const zeros = sum(isZero, attrs.axes, true);
        const others = div(prod(filled, attrs.axes, true), filled);
        const counts = cast(equal(zeros, isZero), x!.dtype);
        return mul(mul(others, counts), spread(g, x!, attrs));
      },
    ],
  },
);

/** Index of the first maximum along an axis, as int64. */
export const ArgMax: Op<{ axis: number; keepDims: boolean }> = argExtreme('argMax', (a, b) => a > b);
/** Index of the first minimum along an axis, as int64. */
export const ArgMin: Op<{ axis: number; keepDims: boolean }> = argExtreme('argMin', (a, b) => a < b);

function argExtreme(name: string, better: (a: number, b: number) => boolean): Op<{ axis: number; keepDims: boolean }> {
  return {
    name,
    infer: ([x], { axis, keepDims }) => ({ ...inferReduction(x!, { axes: [axis], keepDims }), dtype: 'int64' }),
    reference([x], { axis }, out) {
      const [starts, offsets] = groups(x!.shape, [axis]);
      const from = elements(x!);
      for (let i = 0; i < out.data.length; i++) {
        let best = 0;
        for (let k = 1; k < offsets.length; k++)
          if (better(from[starts[i]! + offsets[k]!]!, from[starts[i]! + offsets[best]!]!)) best = k;
        (out.data as BigInt64Array)[i] = BigInt(best);
      }
    },
  };
}

type Reduce = (x: Tensor, axes?: number | readonly number[], keepDims?: boolean) => Tensor;
const reduceFunction =
  (op: Op<ReductionAttrs>): Reduce =>
  (x, axes, keepDims = false) => {
    const own = axesOf(axes, x.rank);
    if (countOf(x.shape, own) === 0 && op !== Sum && op !== Prod)
      throw new Error(`${op.name}() over axes [${own}] of shape [${x.shape}] has no elements.`);
    return apply(op, [x], { axes: own, keepDims });
  };
/** Sum over axes (all by default). */
export const sum: Reduce = reduceFunction(Sum);
/** Mean over axes (all by default). */
export const mean: Reduce = reduceFunction(Mean);
/** Maximum over axes (all by default). */
export const max: Reduce = reduceFunction(Max);
/** Minimum over axes (all by default). */
export const min: Reduce = reduceFunction(Min);
/** Product over axes (all by default). Second derivatives are correct if no element is 0. */
export const prod: Reduce = reduceFunction(Prod);
/** log Σ exp(x) over axes (all by default), without overflow: the maximum is subtracted first. */
export const logSumExp: Reduce = (x, axes, keepDims = false) => {
  const greatest = stopGradient(max(x, axes, true));
  const kept = add(log(sum(exp(sub(x, greatest)), axes, true)), greatest);
  return keepDims ? kept : reshape(kept, inferReduction(x, { axes: axesOf(axes, x.rank), keepDims }).shape);
};
/** Index of the maximum along an axis, int64; the first one if there are several. */
export const argMax = (x: Tensor, axis = -1, keepDims = false): Tensor =>
  apply(ArgMax, [x], { axis: axisOf(axis, x.rank), keepDims });
/** Index of the minimum along an axis, int64; the first one if there are several. */
export const argMin = (x: Tensor, axis = -1, keepDims = false): Tensor =>
  apply(ArgMin, [x], { axis: axisOf(axis, x.rank), keepDims });

/** Undoes broadcasting: sums a gradient down to the shape its input had. */
export function sumTo(x: Tensor, shape: Shape): Tensor {
  const lead = x.rank - shape.length;
  const axes = x.shape.flatMap((dim, i) => (i < lead || (shape[i - lead] === 1 && dim !== 1) ? [i] : []));
  if (axes.length) return reshape(sum(x, axes, true), shape);
  return sizeOf(shape) === x.size && x.rank === shape.length ? x : reshape(x, shape);
}
