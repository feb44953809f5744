import { add, det, matmul, mul, type Tensor } from '@graft/tensor';
import { type OnnxOperator, operator, type OperatorNode } from '../operator.ts';

/** alpha · A′ · B′ + beta · C */
function gemm(a: Tensor, b: Tensor, c: Tensor | undefined, { attributes }: OperatorNode): Tensor {
  const [alpha, beta] = [attributes.float('alpha', 1), attributes.float('beta', 1)];
  const product = matmul(a, b, attributes.int('transA', 0) === 1, attributes.int('transB', 0) === 1);
  const scaled = alpha === 1 ? product : mul(product, alpha);
  if (!c) return scaled;
  return add(scaled, beta === 1 ? c : mul(c, beta));
}

export const matmulOperators: readonly OnnxOperator[] = [
  operator('Det', 11, ([x]) => det(x!)),
  operator('MatMul', 1, ([a, b]) => matmul(a!, b!), { inputs: 2 }),
  operator('Gemm', 1, ([a, b, c], node) => gemm(a!, b!, c, node), { inputs: [2, 3] }),
];
