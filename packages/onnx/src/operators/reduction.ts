import {
  abs,
  add,
  argMax,
  argMin,
  arrayOf,
  axisOf,
  bytesOf,
  cast,
  concat,
  cumSum,
  type DType,
  equal,
  full,
  isBigInt,
  isFloat,
  log,
  logSumExp,
  max,
  mean,
  min,
  mul,
  narrow,
  prod,
  sizeOf,
  slice,
  sqrt,
  square,
  sub,
  sum,
  type Tensor,
  tensor,
  toArray,
} from '@graft/tensor';
import { checkListed, integerOf, integersOf, type OnnxOperator, operator, type OperatorNode } from '../operator.ts';

type Reduce = (x: Tensor, axes: number[] | undefined, keepDims: boolean) => Tensor;

/** A reduction that has a value for no elements, such as −∞ for the maximum. */
const orNone =
  (f: Reduce, none: (dtype: DType) => number | bigint): Reduce =>
  (x, axes, keepDims) => {
    const own = new Set(axes?.map((axis) => axisOf(axis, x.rank)) ?? x.shape.keys());
    if (!x.shape.some((dim, i) => dim === 0 && own.has(i))) return f(x, axes, keepDims);
    const shape = x.shape.flatMap((dim, i) => (own.has(i) ? (keepDims ? [1] : []) : [dim]));
    checkListed(shape);
    const value = none(x.dtype);
    const data = isBigInt(x.dtype)
      ? new (arrayOf(x.dtype) as BigInt64ArrayConstructor)(sizeOf(shape)).fill(BigInt(value))
      : toArray(Array<number>(sizeOf(shape)).fill(Number(value)), x.dtype);
    return tensor(data, { shape, dtype: x.dtype, backend: x.backend });
  };

/** The least and the greatest value of a dtype. */
function limitsOf(dtype: DType): readonly [least: number | bigint, greatest: number | bigint] {
  if (isFloat(dtype)) return [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
  if (dtype === 'bool') return [0, 1];
  const bits = BigInt(8 * bytesOf(dtype));
  return dtype.startsWith('u') ? [0, (1n << bits) - 1n] : [-(1n << (bits - 1n)), (1n << (bits - 1n)) - 1n];
}

/** A reduction whose axes are an attribute before a certain version and an input from then on. */
const reduction = (name: string, f: Reduce, axesAreInputSince = 18): OnnxOperator[] => {
  const keeps = ({ attributes }: OperatorNode): boolean => attributes.int('keepdims', 1) === 1;
  return [
    operator(`Reduce${name}`, 1, ([x], node) => f(x!, node.attributes.ints('axes', undefined), keeps(node))),
    operator(
      `Reduce${name}`,
      axesAreInputSince,
      ([x, given], node) => {
        const axes = given && given.size > 0 ? integersOf(given, 'axes') : undefined;
        if (!axes && node.attributes.int('noop_with_empty_axes', 0)) return x!;
        return f(x!, axes, keeps(node));
      },
      { inputs: [1, 2], steering: [1] },
    ),
  ];
};

const argExtreme = (opType: string, f: typeof argMax): OnnxOperator =>
  operator(opType, 1, ([x], { attributes }) => {
    const axis = attributes.int('axis', 0);
    const keepDims = attributes.int('keepdims', 1) === 1;
    if (!attributes.int('select_last_index', 0)) return f(x!, axis, keepDims);
    // The last index from the front is the first from the back.
    const own = axisOf(axis, x!.rank);
    const backwards = slice(
      x!,
      [],
      [],
      x!.shape.map((_, i) => (i === own ? -1 : 1)),
    );
    const found = f(backwards, own, keepDims);
    return sub(full([], x!.shape[own]! - 1, { dtype: found.dtype, backend: found.backend }), found);
  });

/** The root of a sum of squares, whose gradient at 0 is 0. Sums on the host stay integers. */
function norm(x: Tensor): Tensor {
  if (!isFloat(x.dtype)) return x;
  const isZero = cast(equal(x, 0), x.dtype);
  return sub(sqrt(add(x, isZero)), isZero);
}

/** Products of all elements up to each one along an axis. */
function cumulativeProduct(
  x: Tensor,
  axis: number,
  { exclusive, reverse }: { readonly exclusive: boolean; readonly reverse: boolean },
): Tensor {
  const count = x.shape[axis]!;
  if (count === 0) return x;
  checkListed([count]);
  const at = (i: number): Tensor => narrow(x, axis, reverse ? count - 1 - i : i, 1);
  const products = [exclusive ? onesLike(at(0)) : at(0)];
  for (let i = 1; i < count; i++) products.push(mul(products[i - 1]!, at(exclusive ? i - 1 : i)));
  return concat(reverse ? products.reverse() : products, axis);
}

const onesLike = (x: Tensor): Tensor => full(x.shape, 1, { dtype: x.dtype, backend: x.backend });

export const reductionOperators: readonly OnnxOperator[] = [
  ...reduction('Mean', mean),
  ...reduction('Sum', sum, 13),
  ...reduction(
    'Max',
    orNone(max, (dtype) => limitsOf(dtype)[0]),
  ),
  ...reduction(
    'Min',
    orNone(min, (dtype) => limitsOf(dtype)[1]),
  ),
  ...reduction('Prod', prod),
  ...reduction('L1', (x, axes, keepDims) => sum(abs(x), axes, keepDims)),
  ...reduction('L2', (x, axes, keepDims) => norm(sum(square(x), axes, keepDims))),
  ...reduction('SumSquare', (x, axes, keepDims) => sum(square(x), axes, keepDims)),
  ...reduction('LogSum', (x, axes, keepDims) => log(sum(x, axes, keepDims))),
  ...reduction(
    'LogSumExp',
    orNone(logSumExp, () => Number.NEGATIVE_INFINITY),
  ),
  argExtreme('ArgMax', argMax),
  argExtreme('ArgMin', argMin),
  operator(
    'CumProd',
    26,
    ([x, axis], { attributes }) =>
      cumulativeProduct(x!, axisOf(integerOf(axis!, 'axis'), x!.rank), {
        exclusive: attributes.int('exclusive', 0) === 1,
        reverse: attributes.int('reverse', 0) === 1,
      }),
    { inputs: 2, steering: [1] },
  ),
  operator(
    'CumSum',
    11,
    ([x, axis], { attributes }) =>
      cumSum(x!, integerOf(axis!, 'axis'), {
        exclusive: attributes.int('exclusive', 0) === 1,
        reverse: attributes.int('reverse', 0) === 1,
      }),
    { inputs: 2, steering: [1] },
  ),
];
