import { add, div, full, gather, integers, matmul, mul, narrow, neg, reshape, squeeze, stack, sub, type Tensor } from '@graft/tensor';
import { type OnnxOperator, operator, type OperatorNode } from '../operator.ts';

/** alpha · A′ · B′ + beta · C */
function gemm(a: Tensor, b: Tensor, c: Tensor | undefined, { attributes }: OperatorNode): Tensor {
  const [alpha, beta] = [attributes.float('alpha', 1), attributes.float('beta', 1)];
  const product = matmul(a, b, attributes.int('transA', 0) === 1, attributes.int('transB', 0) === 1);
  const scaled = alpha === 1 ? product : mul(product, alpha);
  if (!c) return scaled;
  return add(scaled, beta === 1 ? c : mul(c, beta));
}

/** By elimination: the product of the pivots, each the greatest of its column. Gradients flow through all but the choice. */
function determinant(matrix: Tensor): Tensor {
  if (!matrix.backend.view) throw new Error('its pivots depend on computed values, which are not known ahead.');
  let rest = matrix;
  let product: Tensor | undefined;
  for (let size = matrix.shape[0]!; size > 0; size--) {
    const column = narrow(rest, 1, 0, 1).numbers().map(Math.abs);
    const pivot = column.indexOf(Math.max(...column));
    const row = narrow(rest, 0, pivot, 1);
    const own = squeeze(narrow(row, 1, 0, 1));
    product = product ? mul(product, pivot % 2 ? neg(own) : own) : pivot % 2 ? neg(own) : own;
    if (size === 1 || column[pivot] === 0) break;
    const others = gather(rest, integers(column.flatMap((_, i) => (i === pivot ? [] : [i]))), 0);
    const share = div(narrow(others, 1, 0, 1), own);
    rest = narrow(sub(others, mul(share, row)), 1, 1, size - 1);
  }
  return product ?? full([], 1, matrix);
}

function determinants(x: Tensor): Tensor {
  const [rows, columns] = x.shape.slice(-2);
  if (x.rank < 2 || rows !== columns) throw new Error(`it wants square matrices, got [${x.shape}].`);
  const matrices = reshape(x, [-1, rows!, columns!]);
  return reshape(stack(Array.from({ length: matrices.shape[0]! }, (_, i) => determinant(squeeze(narrow(matrices, 0, i, 1), [0])))), x.shape.slice(0, -2));
}

export const matmulOperators: readonly OnnxOperator[] = [
  operator('Det', 11, ([x]) => determinants(x!)),
  operator('MatMul', 1, ([a, b]) => matmul(a!, b!), { inputs: 2 }),
  operator('Gemm', 1, ([a, b, c], node) => gemm(a!, b!, c, node), { inputs: [2, 3] }),
];
