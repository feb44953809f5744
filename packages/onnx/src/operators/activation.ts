import {
  argMax,
  axisOf,
  cast,
  celu,
  clip,
  dropout,
  elu,
  full,
  gelu,
  hardSigmoid,
  hardSwish,
  isFloat,
  leakyRelu,
  logSoftmax,
  maximum,
  minimum,
  mish,
  mul,
  oneHot,
  prelu as preluOf,
  relu,
  reshape,
  selu,
  shrink,
  sigmoid,
  silu,
  sizeOf,
  softmax,
  softplus,
  softsign,
  sub,
  tanh,
  tanhGelu,
  type Tensor,
  transpose,
  upload,
} from '@graft/tensor';
import { numberOf, type OnnxOperator, operator, type OperatorContext, type OperatorNode } from '../operator.ts';

const unary = (opType: string, f: (x: Tensor) => Tensor, since = 1): OnnxOperator =>
  operator(opType, since, ([x]) => f(x!));

/** Before version 13 these worked on a matrix: the dimensions from `axis` (default 1) are flattened. */
const onMatrix =
  (f: (x: Tensor, axis: number) => Tensor): OnnxOperator['run'] =>
  ([x], { attributes }) => {
    const axis = attributes.int('axis', 1);
    const from = axis < 0 ? axis + x!.rank : axis;
    return reshape(f(reshape(x!, [sizeOf(x!.shape.slice(0, from)), sizeOf(x!.shape.slice(from))]), -1), x!.shape);
  };

/** Known bounds become one op with kernels; others become comparisons. */
function clipped(x: Tensor, least: Tensor | undefined, most: Tensor | undefined): Tensor {
  const number = (bound: Tensor | undefined): number | undefined => bound && numberOf(bound, 'bound');
  if (isFloat(x.dtype) && [least, most].every((bound) => !bound || (bound.backend.view && bound.size === 1)))
    return between(x, number(least), number(most));
  const beside = (bound: Tensor): Tensor => (bound.backend.view ? upload(bound, x.backend) : bound);
  const above = least ? maximum(x, beside(least)) : x;
  return most ? minimum(above, beside(most)) : above;
}

/** Bounds in the wrong order give the upper one everywhere. */
const between = (x: Tensor, least: number | undefined, most: number | undefined): Tensor =>
  least !== undefined && most !== undefined && least > most ? clip(x, most, most) : clip(x, least, most);

/** x where positive, slope · x where not; a slope of [channels] applies to the channels, as in PyTorch and ONNX 1–6. */
const prelu = (x: Tensor, slope: Tensor): Tensor => {
  const along =
    slope.rank === 1 && slope.size > 1 && slope.size !== x.shape.at(-1) && slope.size === x.shape[1]
      ? reshape(slope, [-1, ...Array<number>(x.rank - 2).fill(1)])
      : slope;
  return preluOf(x, along);
};

/** 1 at the first maximum along an axis, otherwise 0. */
function hardmax(x: Tensor, axis: number): Tensor {
  const own = axisOf(axis, x.rank);
  const order = x.shape.map((_, i) => i).filter((i) => i !== own);
  const hot = oneHot(argMax(x, own), x.shape[own]!, { dtype: x.dtype });
  return transpose(
    hot,
    x.shape.map((_, i) => (i === own ? x.rank - 1 : order.indexOf(i))),
  );
}

/** Active only in training, with the file's probability. */
function dropped(
  x: Tensor,
  ratio: Tensor | number = 0.5,
  { name, outputs }: OperatorNode,
  { run }: OperatorContext,
): Tensor | Tensor[] {
  const probability = !run.training ? 0 : typeof ratio === 'number' ? ratio : numberOf(ratio, 'ratio');
  const dropping = (values: Tensor): Tensor =>
    probability > 0 ? dropout(values, probability, run.random.fork('onnx', name).key()) : values;
  if (!outputs[1]) return dropping(x);
  // The same key drops the same elements.
  return [dropping(x), cast(dropping(full(x.shape, 1, x)), 'bool')];
}

export const activationOperators: readonly OnnxOperator[] = [
  unary('Relu', relu),
  unary('Sigmoid', sigmoid),
  unary('Tanh', tanh),
  unary('Softplus', softplus),
  unary('HardSwish', hardSwish, 14),
  unary('Softsign', softsign),
  unary('Mish', mish, 18),
  // Shazeer 2020, with a factor inside the sigmoid.
  operator(
    'SwiGLU',
    28,
    ([a, b], { attributes }) => {
      if (a!.shape.join() !== b!.shape.join())
        throw new Error(`its inputs must have one shape, got [${a!.shape}] and [${b!.shape}].`);
      return mul(mul(a!, sigmoid(mul(a!, attributes.float('alpha', 1)))), b!);
    },
    { inputs: 2 },
  ),
  operator('Swish', 24, ([x], { attributes }) => {
    const alpha = attributes.float('alpha', 1);
    return alpha === 1 ? silu(x!) : mul(x!, sigmoid(mul(x!, alpha)));
  }),
  operator('LeakyRelu', 1, ([x], { attributes }) => leakyRelu(x!, attributes.float('alpha', 0.01))),
  operator('Elu', 1, ([x], { attributes }) => elu(x!, attributes.float('alpha', 1))),
  operator('Selu', 1, ([x], { attributes }) =>
    selu(x!, attributes.float('alpha', undefined), attributes.float('gamma', undefined)),
  ),
  operator('Celu', 12, ([x], { attributes }) => celu(x!, attributes.float('alpha', 1))),
  operator('ThresholdedRelu', 10, ([x], { attributes }) =>
    mul(x!, cast(cast(relu(sub(x!, attributes.float('alpha', 1))), 'bool'), x!.dtype)),
  ),
  operator('Shrink', 9, ([x], { attributes }) =>
    shrink(x!, attributes.float('lambd', 0.5), attributes.float('bias', 0)),
  ),
  operator('Hardmax', 1, onMatrix(hardmax)),
  operator('Hardmax', 13, ([x], { attributes }) => hardmax(x!, attributes.int('axis', -1))),
  operator('HardSigmoid', 1, ([x], { attributes }) =>
    hardSigmoid(x!, attributes.float('alpha', 0.2), attributes.float('beta', 0.5)),
  ),
  operator('Gelu', 20, ([x], { attributes }) =>
    attributes.string('approximate', 'none') === 'tanh' ? tanhGelu(x!) : gelu(x!),
  ),
  operator('Clip', 1, ([x], { attributes }) =>
    between(x!, attributes.float('min', undefined), attributes.float('max', undefined)),
  ),
  operator('Clip', 11, ([x, least, most]) => clipped(x!, least, most), { inputs: [1, 3], steering: [1, 2] }),
  operator('PRelu', 1, ([x, slope]) => prelu(x!, slope!), { inputs: 2 }),
  operator('Softmax', 1, onMatrix(softmax)),
  operator('Softmax', 13, ([x], { attributes }) => softmax(x!, attributes.int('axis', -1))),
  operator('LogSoftmax', 1, onMatrix(logSoftmax)),
  operator('LogSoftmax', 13, ([x], { attributes }) => logSoftmax(x!, attributes.int('axis', -1))),
  operator('Dropout', 1, ([x], node, context) => dropped(x!, node.attributes.float('ratio', 0.5), node, context)),
  operator('Dropout', 12, ([x, ratio], node, context) => dropped(x!, ratio, node, context), {
    inputs: [1, 3],
    steering: [1, 2],
  }),
];
