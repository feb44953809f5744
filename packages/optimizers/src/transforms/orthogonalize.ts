import { add, div, matmul, mul, reshape, sqrt, square, sum, type Tensor, transpose } from '@graft/tensor';
import { type GradientTransform, stateless } from '../gradient-transform.ts';

/** Replaces each matrix with the nearest semi-orthogonal one, by Newton–Schulz iteration; kernels are matrices [out, all else] (Jordan et al. 2024). */
export function orthogonalize({ iterations = 5 }: { iterations?: number } = {}): GradientTransform {
  if (!(Number.isInteger(iterations) && iterations >= 1))
    throw new Error(`orthogonalize expects 1 or more iterations, got ${iterations}.`);
  return stateless('orthogonalize', (grad, { name }) => {
    if (grad.rank < 2)
      throw new Error(
        `orthogonalize expects matrices, but "${name}" is a vector. Use muon(), which updates vectors with AdamW.`,
      );
    const matrix = reshape(grad, [grad.shape[0]!, -1]);
    const [rows, columns] = matrix.shape as [number, number];
    const wide = rows > columns ? transpose(matrix) : matrix;
    const nearest = newtonSchulz(wide, iterations);
    return mul(
      reshape(rows > columns ? transpose(nearest) : nearest, grad.shape),
      Math.sqrt(Math.max(1, rows / columns)),
    );
  });
}

/** A quintic in the singular values that drives all of them towards 1; its coefficients are Jordan's. */
function newtonSchulz(matrix: Tensor, iterations: number): Tensor {
  const [a, b, c] = [3.4445, -4.775, 2.0315];
  let x = div(matrix, add(sqrt(sum(square(matrix))), 1e-7));
  for (let i = 0; i < iterations; i++) {
    const gram = matmul(x, x, false, true);
    x = add(mul(x, a), matmul(add(mul(gram, b), mul(matmul(gram, gram), c)), x));
  }
  return x;
}
