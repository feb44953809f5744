import { axisOf, add, cast, clip, type DType, div, mul, reshape, round, sub, type Tensor } from '@graft/tensor';
import { type OnnxOperator, operator, type OperatorNode } from '../operator.ts';

const limits: Readonly<Partial<Record<DType, readonly [number, number]>>> = { uint8: [0, 255], int8: [-128, 127], uint16: [0, 65535], int16: [-32768, 32767] };

/** A scale or zero point, one for all or one for each slice along an axis. */
const along = (v: Tensor, x: Tensor, { attributes }: OperatorNode): Tensor => {
  if (v.size === 1) return reshape(v, []);
  const axis = axisOf(attributes.int('axis', 1), x.rank);
  return reshape(v, x.shape.map((_, i) => (i === axis ? v.size : 1)));
};

/** (x − zero point) · scale. The integers are fixed: such a model runs, and what lies behind it learns. */
function dequantize([x, scale, zero]: readonly (Tensor | undefined)[], node: OperatorNode): Tensor {
  const floats = cast(x!, scale!.dtype);
  return mul(zero ? sub(floats, cast(along(zero, x!, node), scale!.dtype)) : floats, along(scale!, x!, node));
}

/** The nearest whole number of scales, ties to even, held within the dtype. */
function quantize([x, scale, zero]: readonly (Tensor | undefined)[], node: OperatorNode): Tensor {
  const dtype = zero?.dtype ?? 'uint8';
  const steps = round(div(x!, along(scale!, x!, node)));
  const [least, most] = limits[dtype] ?? [-(2 ** 31), 2 ** 31 - 1];
  return cast(clip(zero ? add(steps, cast(along(zero, x!, node), x!.dtype)) : steps, least, most), dtype);
}

export const quantizationOperators: readonly OnnxOperator[] = [
  operator('DequantizeLinear', 10, dequantize, { inputs: [2, 3] }),
  operator('QuantizeLinear', 10, quantize, { inputs: [2, 3] }),
];
