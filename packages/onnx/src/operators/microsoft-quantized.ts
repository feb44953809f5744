import {
  add,
  axisOf,
  cast,
  concat,
  globalAvgPool,
  leakyRelu,
  mean,
  mul,
  reshape,
  sigmoid,
  sizeOf,
  softmax,
  type Tensor,
  transpose,
  upload,
} from '@graft/tensor';
import { type OnnxOperator, operator, type OperatorNode } from '../operator.ts';
import { averagePool } from './pooling.ts';
import { together } from './integer-products.ts';
import { dequantized, dynamicallyQuantized, float32, perRow, products, quantized } from './quantized.ts';

const domain = 'com.microsoft';
type Inputs = readonly (Tensor | undefined)[];

/** The dequantised values of integers, as float32. */
const real = (x: Tensor | undefined, scale: Tensor | undefined, zero: Tensor | undefined): Tensor =>
  dequantized(x!, float32(scale!), zero, 1);

/** Applies an operator to dequantised values. Inputs: x, its scale and zero point, then those of the result. */
const unary = (opType: string, f: (x: Tensor, node: OperatorNode) => Tensor): OnnxOperator =>
  operator(
    opType,
    1,
    (inputs, node) => {
      const [x, scale, zero, toScale, toZero] = together(inputs);
      return quantized(f(real(x, scale, zero), node), float32(toScale!), toZero, 1);
    },
    { domain, inputs: [4, 5], steering: [1, 3] },
  );
const binary = (opType: string, f: (a: Tensor, b: Tensor) => Tensor): OnnxOperator =>
  operator(
    opType,
    1,
    (inputs) => {
      const [a, sa, za, b, sb, zb, scale, zero] = together(inputs);
      return quantized(f(real(a, sa, za), real(b, sb, zb)), float32(scale!), zero, 1);
    },
    { domain, inputs: [7, 8], steering: [1, 4, 6] },
  );

/** Inputs: scale and zero point of the result, then each part with its scale and zero point. */
function concatenated(inputs: Inputs, { attributes }: OperatorNode): Tensor {
  const [scale, zero, ...parts] = together(inputs);
  const given = Array.from({ length: parts.length / 3 }, (_, i) =>
    real(...(parts.slice(3 * i, 3 * i + 3) as [Tensor, Tensor, Tensor])),
  );
  return quantized(concat(given, attributes.int('axis')), float32(scale!), zero, 1);
}

/** An integer product, dequantised with both scales. */
export function scaledProduct(
  a: Tensor,
  b: Tensor,
  {
    sa,
    sb,
    za,
    zb,
    bias,
  }: { sa: Tensor; sb: Tensor; za?: Tensor | undefined; zb?: Tensor | undefined; bias?: Tensor | undefined },
): Tensor {
  const product = mul(float32(products(a, b, za, zb)), mul(perRow(float32(sa), true), perRow(float32(sb), false)));
  return bias ? add(product, float32(bias)) : product;
}

/**
 * alpha · A′ · B′ + C of integers. Inputs: each factor with its scale and zero point, a bias in int32, and scale and zero point of the result, without which
 * it is float.
 */
function quantizedGemm(inputs: Inputs, { attributes }: OperatorNode): Tensor {
  const [a, sa, za, b, sb, zb, bias, sy, zy] = together(inputs);
  const turned = (x: Tensor, attribute: string): Tensor => (attributes.int(attribute, 0) ? transpose(x) : x);
  const sums = products(turned(a!, 'transA'), turned(b!, 'transB'), za, zb);
  const factor = mul(mul(float32(sa!), perRow(float32(sb!), false)), attributes.float('alpha', 1));
  const product = mul(float32(bias ? add(sums, bias) : sums), factor);
  return sy ? quantized(product, float32(sy), zy, 1) : product;
}

/** Softmax of dequantised values. Before version 13 of the operator, all axes from the given one on are one. */
function quantizedSoftmax(inputs: Inputs, { attributes }: OperatorNode): Tensor {
  const [x, scale, zero, toScale, toZero] = together(inputs);
  const values = real(x, scale, zero);
  const axis = axisOf(attributes.int('axis', -1), values.rank);
  const whole = sizeOf(values.shape.slice(0, axis));
  const y =
    attributes.int('opset', 13) < 13
      ? reshape(softmax(reshape(values, [whole, -1]), 1), values.shape)
      : softmax(values, axis);
  return quantized(y, float32(toScale!), toZero, 1);
}

const asFloats = (x: Tensor, like: Tensor): Tensor => upload(cast(x, like.dtype), like.backend);

/** Operators that onnxruntime's quantiser creates. */
export const microsoftQuantizedOperators: readonly OnnxOperator[] = [
  operator(
    'DynamicQuantizeMatMul',
    1,
    ([a, b, sb, zb, bias]) => {
      const given = together([...dynamicallyQuantized(a!), b, sb, zb, bias]);
      const [whole, sa, za, weight, scale, zero, own] = given as [Tensor, Tensor, Tensor, Tensor, Tensor, ...Inputs];
      return asFloats(scaledProduct(whole, weight, { sa, sb: scale, za, zb: zero, bias: own }), a!);
    },
    { domain, inputs: [3, 5], steering: [2, 4] },
  ),
  operator(
    'MatMulIntegerToFloat',
    1,
    (inputs) => {
      const [a, b, sa, sb, za, zb, bias] = together(inputs);
      return asFloats(scaledProduct(a!, b!, { sa: sa!, sb: sb!, za, zb, bias }), inputs[2]!);
    },
    { domain, inputs: [4, 7], steering: [2, 3, 6] },
  ),
  operator('QGemm', 1, quantizedGemm, { domain, inputs: [6, 9], steering: [1, 4, 7] }),
  operator('QLinearSoftmax', 1, quantizedSoftmax, { domain, inputs: [4, 5], steering: [1, 3] }),
  binary('QLinearAdd', add),
  binary('QLinearMul', mul),
  unary('QLinearSigmoid', sigmoid),
  unary('QLinearLeakyRelu', (x, { attributes }) => leakyRelu(x, attributes.float('alpha', 0.01))),
  unary('QLinearGlobalAveragePool', (x, { attributes }) =>
    attributes.int('channels_last', 0) ? mean(x, x.shape.map((_, i) => i).slice(1, -1), true) : globalAvgPool(x),
  ),
  unary('QLinearAveragePool', (x, node) => averagePool(x, node, node.attributes.int('count_include_pad', 0) === 1)),
  operator('QLinearConcat', 1, concatenated, { domain, inputs: [5, Number.POSITIVE_INFINITY] }),
];
