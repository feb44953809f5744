import {
  add,
  axisOf,
  cast,
  clip,
  div,
  type DType,
  gather,
  integers,
  isFloat,
  max,
  maximum,
  min,
  minimum,
  mul,
  reshape,
  round,
  stopGradient,
  sub,
  type Tensor,
  upload,
} from '@graft/tensor';
import { type OnnxOperator, operator, type OperatorNode } from '../operator.ts';
import { dtypeOf } from '../proto/data-types.ts';
import { holding, type SmallType, smallTypeIn, smallTypeOf } from '../proto/small-types.ts';
import { castToSmall } from './cast.ts';
import { integerConvolution, integerMatmul, together } from './integer-products.ts';

/** A scale, whatever its float type. */
export const float32 = (x: Tensor): Tensor => cast(x, 'float32');

const limits: Readonly<Partial<Record<DType, readonly [number, number]>>> = {
  uint8: [0, 255],
  int8: [-128, 127],
  uint16: [0, 65535],
  int16: [-32768, 32767],
};

/** A scale or zero point: one for all, one for each slice along an axis, or one for each element. */
const along = (v: Tensor, x: Tensor, axis: number): Tensor =>
  v.rank === x.rank && v.rank > 1 && v.size > 1
    ? v
    : v.size === 1
      ? reshape(v, [])
      : reshape(
          v,
          x.shape.map((_, i) => (i === axisOf(axis, x.rank) ? v.size : 1)),
        );

/** (x − zero point) · scale. The integers are constant: such a model can run, and layers after it can be trained. */
export function dequantized(integers: Tensor, factor: Tensor, zeroPoint: Tensor | undefined, axis: number): Tensor {
  const [x, scale, zero] = together([integers, factor, zeroPoint]);
  const like = (v: Tensor): Tensor => cast(v, scale!.dtype);
  return mul(zero ? sub(like(x!), along(like(zero), x!, axis)) : like(x!), along(scale!, x!, axis));
}

/** Rounds to the nearest integer multiple of the scale, ties to even, saturated to the dtype or to the smaller type it represents. */
export function quantized(
  x: Tensor,
  scale: Tensor,
  zero: Tensor | undefined,
  axis: number,
  { small, wanted }: { readonly small?: SmallType | undefined; readonly wanted?: DType | undefined } = {},
): Tensor {
  const dtype = small?.dtype ?? zero?.dtype ?? wanted ?? 'uint8';
  const shares = div(x, along(scale, x, axis));
  if (isFloat(dtype)) {
    if (!small) throw new Error('the type of 8-bit floats is only known from output_dtype, which is missing.');
    return castToSmall(shares, small, true);
  }
  const range = small ? ([Math.min(...small.values), Math.max(...small.values)] as const) : undefined;
  return holding(rounded(shares, zero, { axis, dtype, range }), small);
}

/** Rounds multiples of a scale, ties to even, adds the zero point, and saturates. */
function rounded(
  shares: Tensor,
  zero: Tensor | undefined,
  { axis, dtype, range }: { axis: number; dtype: DType; range?: readonly [number, number] | undefined },
): Tensor {
  const steps = round(shares);
  const [least, most] = range ?? limits[dtype] ?? [-(2 ** 31), 2 ** 31 - 1];
  const moved = zero ? add(steps, along(upload(cast(zero, steps.dtype), steps.backend), steps, axis)) : steps;
  return cast(clip(moved, least, most), dtype);
}

/** Requantises int32 sums of products from one scale to another, with one factor and one rounding as onnxruntime does. */
const rescaled = (sums: Tensor, scale: Tensor, toScale: Tensor, zero: Tensor): Tensor => {
  const factor = div(scale, along(float32(toScale), sums, 1));
  return rounded(mul(float32(sums), factor), zero, { axis: 1, dtype: zero.dtype });
};

/** The scale that maps the range of the elements, including 0, to uint8. Without a gradient: one of the range alone would mislead. */
export function dynamicallyQuantized(values: Tensor): Tensor[] {
  const x = stopGradient(values);
  const [least, most] = [minimum(min(x), 0), maximum(max(x), 0)];
  const scale = div(sub(most, least), 255);
  const zero = cast(round(clip(div(sub(0, least), scale), 0, 255)), 'uint8');
  return [quantized(x, scale, zero, 1), scale, zero];
}

/** A weight's scale or zero point along its first axis, for [batch, channels, …]. */
const perChannel = (v: Tensor, rank: number): Tensor =>
  v.size === 1 ? reshape(v, []) : reshape(v, [1, -1, ...Array<number>(rank - 2).fill(1)]);
/** Scales and zero points of rows (of a) or columns (of b). */
export const perRow = (v: Tensor, isLeft: boolean): Tensor =>
  v.size === 1 ? reshape(v, []) : v.rank > 1 ? v : reshape(v, isLeft ? [-1, 1] : [1, -1]);

export const products = (a: Tensor, b: Tensor, za: Tensor | undefined, zb: Tensor | undefined): Tensor =>
  integerMatmul(a, b, za && perRow(za, true), zb && perRow(zb, false));
const convolution = (
  x: Tensor,
  w: Tensor,
  zx: Tensor | undefined,
  zw: Tensor | undefined,
  node: OperatorNode,
): Tensor => integerConvolution(x, w, zx && along(zx, x, 1), zw && along(zw, w, 0), node);

/** Expands a scale or zero point for each block of elements along an axis to each element. */
function blocked(v: Tensor | undefined, x: Tensor, { attributes }: OperatorNode): Tensor | undefined {
  const size = attributes.int('block_size', 0);
  if (!v || !size) return v;
  const axis = axisOf(attributes.int('axis', 1), x.rank);
  if (size < 0 || v.rank !== x.rank || v.shape[axis] !== Math.ceil(x.shape[axis]! / size))
    throw new Error(`scales of [${v.shape}] do not match [${x.shape}] in blocks of ${size} along axis ${axis}.`);
  return gather(v, integers(Array.from({ length: x.shape[axis]! }, (_, i) => Math.floor(i / size))), axis);
}

/** Version 23 may set a dtype other than the scale's. */
const typed = (y: Tensor, { attributes }: OperatorNode): Tensor =>
  cast(y, dtypeOf(attributes.int('output_dtype', 0)) ?? y.dtype);

const axisIn = ({ attributes }: OperatorNode): number => attributes.int('axis', 1);

export const quantizedOperators: readonly OnnxOperator[] = [
  operator(
    'DequantizeLinear',
    10,
    ([x, scale, zero], node) =>
      typed(dequantized(x!, blocked(scale, x!, node)!, blocked(zero, x!, node), axisIn(node)), node),
    { inputs: [2, 3] },
  ),
  operator(
    'QuantizeLinear',
    10,
    ([x, scale, zero], node) => {
      const wanted = node.attributes.int('output_dtype', 0);
      const small = smallTypeOf(wanted) ?? smallTypeIn(zero);
      return quantized(x!, blocked(scale, x!, node)!, blocked(zero, x!, node), axisIn(node), {
        small,
        wanted: dtypeOf(wanted),
      });
    },
    { inputs: [2, 3], steering: [2] },
  ),
  operator('DynamicQuantizeLinear', 11, ([x]) => dynamicallyQuantized(x!)),
  operator(
    'MatMulInteger',
    10,
    (inputs) => {
      const [a, b, za, zb] = together(inputs);
      return products(a!, b!, za, zb);
    },
    { inputs: [2, 4] },
  ),
  operator(
    'ConvInteger',
    10,
    (inputs, node) => {
      const [x, w, zx, zw] = together(inputs);
      return convolution(x!, w!, zx, zw, node);
    },
    { inputs: [2, 4] },
  ),
  operator(
    'QLinearMatMul',
    10,
    (inputs) => {
      const [a, sa, za, b, sb, zb, sy, zy] = together(inputs);
      const scale = mul(perRow(float32(sa!), true), perRow(float32(sb!), false));
      return rescaled(products(a!, b!, za, zb), scale, sy!, zy!);
    },
    { inputs: 8, steering: [1, 4, 6] },
  ),
  operator(
    'QLinearConv',
    10,
    (inputs, node) => {
      const [x, sx, zx, w, sw, zw, sy, zy, bias] = together(inputs);
      const sums = convolution(x!, w!, zx, zw, node);
      const whole = bias ? add(sums, reshape(bias, [1, -1, ...Array<number>(sums.rank - 2).fill(1)])) : sums;
      return rescaled(whole, mul(float32(sx!), perChannel(float32(sw!), whole.rank)), sy!, zy!);
    },
    { inputs: [8, 9], steering: [1, 4, 6] },
  ),
];
