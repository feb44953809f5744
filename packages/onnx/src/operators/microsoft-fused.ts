import {
  add,
  clip,
  hardSigmoid,
  gelu,
  leakyRelu,
  matmul,
  mul,
  relu,
  sigmoid,
  silu,
  tanh,
  tanhGelu,
  type Tensor,
  transpose,
} from '@graft/tensor';
import { type OnnxOperator, operator } from '../operator.ts';
import { convolved } from './convolution.ts';

const domain = 'com.microsoft';

/** Activations of fused convolutions, with their `activation_params`. */
const activations: Readonly<Record<string, (x: Tensor, parameters: readonly number[]) => Tensor>> = {
  Relu: relu,
  Sigmoid: sigmoid,
  Tanh: tanh,
  LeakyRelu: (x, [alpha = 0.01]) => leakyRelu(x, alpha),
  Clip: (x, [least, most]) => clip(x, least, most),
  HardSigmoid: (x, [alpha = 0.2, beta = 0.5]) => hardSigmoid(x, alpha, beta),
};

/** activation(x ∗ w + bias + z) */
const fusedConv: OnnxOperator['run'] = ([x, w, bias, z], node) => {
  const y = convolved(x!, w!, bias, node);
  const name = node.attributes.string('activation', '');
  const activate = activations[name];
  if (name && !activate) throw new Error(`its activation "${name}" is not supported.`);
  const sum = z ? add(y, z) : y;
  return activate ? activate(sum, node.attributes.floats('activation_params', [])) : sum;
};

/** Moves the first dimension after the batch dimensions. */
const batchFirst = (x: Tensor): Tensor => transpose(x, [...x.shape.map((_, i) => i).slice(1, -1), 0, x.rank - 1]);

/** alpha · A′ · B′, each transposed in its last two dimensions, its batch dimensions, or both. */
const fusedMatMul: OnnxOperator['run'] = ([a, b], { attributes }) => {
  const is = (name: string): boolean => attributes.int(name, 0) === 1;
  const alpha = attributes.float('alpha', 1);
  const product = matmul(
    is('transBatchA') ? batchFirst(a!) : a!,
    is('transBatchB') ? batchFirst(b!) : b!,
    is('transA') && a!.rank > 1,
    is('transB') && b!.rank > 1,
  );
  return alpha === 1 ? product : mul(product, alpha);
};

const plus = (x: Tensor, bias: Tensor | undefined): Tensor => (bias ? add(x, bias) : x);

/** Operators that onnxruntime's optimiser creates from convolutions, products and activations. */
export const microsoftFusedOperators: readonly OnnxOperator[] = [
  operator('FusedConv', 1, fusedConv, { domain, inputs: [2, 4] }),
  operator('FusedMatMul', 1, fusedMatMul, { domain, inputs: 2 }),
  operator('Gelu', 1, ([x]) => gelu(x!), { domain }),
  operator('BiasGelu', 1, ([x, bias]) => gelu(add(x!, bias!)), { domain, inputs: 2 }),
  operator('FastGelu', 1, ([x, bias]) => tanhGelu(plus(x!, bias)), { domain, inputs: [1, 2] }),
  operator(
    'QuickGelu',
    1,
    ([x], { attributes }) => {
      const alpha = attributes.float('alpha', 1.702);
      return alpha === 1 ? silu(x!) : mul(x!, sigmoid(mul(x!, alpha)));
    },
    { domain },
  ),
];
