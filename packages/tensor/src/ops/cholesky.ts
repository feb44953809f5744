import { apply } from '../apply.ts';
import type { Op } from '../op.ts';
import type { Tensor } from '../tensor.ts';
import { add, mul } from './arithmetic.ts';
import { elements } from './elementwise.ts';
import { solve } from './lu.ts';
import { matmul } from './matmul.ts';
import { matricesOf, matrixTranspose, wantMatrices, whichMatrix } from './matrices.ts';
import { tril } from './triangle.ts';

/** Lower triangles L [..., n, n] of L · Lᵀ = (A + Aᵀ) / 2. Gradient: Murray 2016. */
export const Cholesky: Op = {
  name: 'cholesky',
  infer([x]) {
    wantMatrices('cholesky', x!, { square: true });
    return { shape: x!.shape, dtype: x!.dtype };
  },
  reference([x], _, out) {
    const n = x!.shape.at(-1)!;
    matricesOf(x!).forEach((a, m) => {
      const l = new Float64Array(n * n);
      for (let j = 0; j < n; j++)
        for (let i = j; i < n; i++) {
          let rest = (a[i * n + j]! + a[j * n + i]!) / 2;
          for (let k = 0; k < j; k++) rest -= l[i * n + k]! * l[j * n + k]!;
          if (i === j && !(rest > 0))
            throw new Error(
              `cholesky expects positive definite matrices, but pivot ${j}${whichMatrix(m, x!.shape)} is ${rest}. Add a small multiple of the identity.`,
            );
          l[i * n + j] = i === j ? Math.sqrt(rest) : rest / l[j * n + j]!;
        }
      elements(out).set(l, m * n * n);
    });
  },
  gradient: {
    uses: ['output'],
    rules: [
      (g, { output: l }) => {
        const product = matmul(l, g, true);
        const half = mul(add(tril(product), tril(product, -1)), 0.5); // the lower triangle, with half its diagonal
        const upper = matrixTranspose(l);
        const raw = solve(upper, matrixTranspose(solve(upper, half)));
        return mul(add(raw, matrixTranspose(raw)), 0.5);
      },
    ],
  },
};
/**
 * Lower triangles L of L · Lᵀ = A for symmetric positive definite matrices A [..., n, n]. Non-symmetric matrices are symmetrised first.
 * @throws if a matrix is not positive definite
 */
export const cholesky = (x: Tensor): Tensor => apply(Cholesky, [x], undefined);
