// LU decomposition with row pivoting: solutions, inverses, determinants.
import { apply } from '../apply.ts';
import { eye, full } from '../create.ts';
import type { Op } from '../op.ts';
import { broadcastShapes, showShape } from '../spec.ts';
import type { Tensor } from '../tensor.ts';
import { mul, neg } from './arithmetic.ts';
import { cast, stopGradient } from './cast.ts';
import { broadcastOffsets, elements } from './elementwise.ts';
import { where } from './indexing.ts';
import { matmul } from './matmul.ts';
import { matricesOf, matrixTranspose, wantMatrices, whichMatrix } from './matrices.ts';
import { reshape, unsqueeze } from './movement.ts';
import { prod } from './reduction.ts';
import { svd } from './svd.ts';

/** P · A = L · U: both triangles in one matrix, the order of the rows, and whether the permutation is odd. */
interface Lu {
  readonly factors: Float64Array;
  readonly order: Int32Array;
  readonly odd: boolean;
  /** The first column without a pivot; -1 if there is none. */
  readonly singular: number;
}

/** Each pivot is the largest element of its column. */
function luOf(matrix: Float64Array, n: number): Lu {
  const factors = matrix.slice();
  const order = Int32Array.from({ length: n }, (_, i) => i);
  let [odd, singular] = [false, -1];
  for (let k = 0; k < n; k++) {
    let pivot = k;
    for (let i = k + 1; i < n; i++) if (Math.abs(factors[i * n + k]!) > Math.abs(factors[pivot * n + k]!)) pivot = i;
    if (factors[pivot * n + k] === 0) {
      if (singular < 0) singular = k;
      continue;
    }
    if (pivot !== k) {
      odd = !odd;
      [order[k], order[pivot]] = [order[pivot]!, order[k]!];
      for (let j = 0; j < n; j++)
        [factors[k * n + j], factors[pivot * n + j]] = [factors[pivot * n + j]!, factors[k * n + j]!];
    }
    for (let i = k + 1; i < n; i++) {
      const share = (factors[i * n + k]! /= factors[k * n + k]!);
      for (let j = k + 1; j < n; j++) factors[i * n + j]! -= share * factors[k * n + j]!;
    }
  }
  return { factors, order, odd, singular };
}

/** Solves A · X = B. Inputs: A [..., n, n], B [..., n, k]; leading dimensions broadcast. */
export const Solve: Op = {
  name: 'solve',
  infer([a, b]) {
    wantMatrices('solve', a!, { square: true });
    wantMatrices('solve', b!);
    if (a!.dtype !== b!.dtype)
      throw new Error(
        `solve expects two tensors of the same dtype, got ${a!.dtype} and ${b!.dtype}. Convert one with cast().`,
      );
    if (a!.shape.at(-1) !== b!.shape.at(-2))
      throw new Error(
        `solve expects as many right-hand rows as equations, got ${showShape(a!.shape)} and ${showShape(b!.shape)}.`,
      );
    return {
      shape: [...broadcastShapes(a!.shape.slice(0, -2), b!.shape.slice(0, -2)), ...b!.shape.slice(-2)],
      dtype: a!.dtype,
    };
  },
  reference([a, b], _, out) {
    const [n, k] = b!.shape.slice(-2) as [number, number];
    const batch = out.shape.slice(0, -2);
    const decompositions = matricesOf(a!).map((matrix, i) => {
      const lu = luOf(matrix, n);
      if (lu.singular >= 0)
        throw new Error(
          `solve and inverse expect non-singular matrices, but column ${lu.singular}${whichMatrix(i, a!.shape)} depends on the ones before it. Add a small multiple of the identity, or use svd().`,
        );
      return lu;
    });
    const sides = matricesOf(b!);
    const [ia, ib] = [broadcastOffsets(a!.shape.slice(0, -2), batch), broadcastOffsets(b!.shape.slice(0, -2), batch)];
    for (let s = 0; s < ia.length; s++)
      elements(out).set(substituted(decompositions[ia[s]!]!, sides[ib[s]!]!, n, k), s * n * k);
  },
  gradient: {
    uses: [[0, 'output'], [0]],
    rules: [
      (g, { inputs: [a], output }) => neg(matmul(solve(matrixTranspose(a!), g), output, false, true)),
      (g, { inputs: [a] }) => solve(matrixTranspose(a!), g),
    ],
  },
};

function substituted({ factors, order }: Lu, side: Float64Array, n: number, k: number): Float64Array {
  const x = new Float64Array(n * k);
  for (let i = 0; i < n; i++)
    for (let c = 0; c < k; c++) {
      let rest = side[order[i]! * k + c]!;
      for (let j = 0; j < i; j++) rest -= factors[i * n + j]! * x[j * k + c]!;
      x[i * k + c] = rest;
    }
  for (let i = n - 1; i >= 0; i--)
    for (let c = 0; c < k; c++) {
      let rest = x[i * k + c]!;
      for (let j = i + 1; j < n; j++) rest -= factors[i * n + j]! * x[j * k + c]!;
      x[i * k + c] = rest / factors[i * n + i]!;
    }
  return x;
}

/**
 * Solves A · X = B: A [..., n, n], B [..., n, k] or one vector [n]; leading dimensions broadcast.
 * @throws if a matrix is singular
 */
export function solve(a: Tensor, b: Tensor): Tensor {
  if (b.rank !== 1) return apply(Solve, [a, b], undefined);
  const x = apply(Solve, [a, reshape(b, [-1, 1])], undefined);
  return reshape(x, x.shape.slice(0, -1));
}

/**
 * The inverses of matrices [..., n, n].
 * @throws if one is singular
 */
export function inverse(a: Tensor): Tensor {
  wantMatrices('inverse', a, { square: true });
  return solve(a, eye(a.shape.at(-1)!, a));
}

/** Determinants: [..., n, n] → [...]. */
export const Det: Op = {
  name: 'det',
  infer([x]) {
    wantMatrices('det', x!, { square: true });
    return { shape: x!.shape.slice(0, -2), dtype: x!.dtype };
  },
  reference([x], _, out) {
    const n = x!.shape.at(-1)!;
    matricesOf(x!).forEach((matrix, i) => {
      const { factors, odd, singular } = luOf(matrix, n);
      let product = odd ? -1 : 1;
      for (let k = 0; k < n; k++) product *= factors[k * n + k]!;
      elements(out)[i] = singular < 0 ? product : 0;
    });
  },
  gradient: {
    uses: [0, 'output'],
    rules: [
      (g, { inputs: [x], output }) => {
        // The inverse is differentiable any number of times, but exists only if no determinant is 0, which the host must be able to check.
        const regular = output.backend.view !== undefined && !output.numbers().includes(0);
        return regular ? mul(beside(mul(g, output)), matrixTranspose(inverse(x!))) : mul(beside(g), cofactors(x!));
      },
    ],
  },
};
/** Determinants of matrices [..., n, n]. Gradients are also correct for singular matrices; second derivatives are correct if singular values differ. */
export const det = (x: Tensor): Tensor => apply(Det, [x], undefined);

const beside = (x: Tensor): Tensor => unsqueeze(x, [-2, -1]);

/** The derivative of the determinant, by singular values: det(U) · det(V) · U · diag(products of the others) · Vᵀ. */
function cofactors(x: Tensor): Tensor {
  const { u, s, vt } = svd(x);
  const products = prod(where(cast(eye(x.shape.at(-1)!, x), 'bool'), full([], 1, x), unsqueeze(s, -2)), -1);
  // The determinant of an orthogonal matrix is 1 or -1 and constant.
  const sign = mul(stopGradient(det(u)), stopGradient(det(vt)));
  return mul(beside(sign), matmul(mul(u, unsqueeze(products, -2)), vt));
}
