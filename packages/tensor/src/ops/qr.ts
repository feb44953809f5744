import { apply } from '../apply.ts';
import type { Op } from '../op.ts';
import { showShape } from '../spec.ts';
import type { Tensor } from '../tensor.ts';
import { add, sub } from './arithmetic.ts';
import { elements } from './elementwise.ts';
import { solve } from './lu.ts';
import { matmul } from './matmul.ts';
import { matricesOf, matrixTranspose, wantMatrices } from './matrices.ts';
import { narrow } from './movement.ts';
import { tril, triu } from './triangle.ts';

/** Orthonormal columns Q of A = Q · R, A [..., m, n] with m ≥ n, by Householder's reflections with LAPACK's signs. */
export const QrQ: Op = {
  name: 'qrQ',
  infer([x]) {
    wantMatrices('qr', x!);
    const [m, n] = x!.shape.slice(-2) as [number, number];
    if (m < n) throw new Error(`qrQ expects at least as many rows as columns, got ${showShape(x!.shape)}. Use qr().`);
    return { shape: x!.shape, dtype: x!.dtype };
  },
  reference([x], _, out) {
    const [m, n] = x!.shape.slice(-2) as [number, number];
    matricesOf(x!).forEach((a, i) => elements(out).set(orthonormal(a, m, n), i * m * n));
  },
  gradient: {
    uses: [0, 'output'],
    rules: [
      (g, { inputs: [a], output: q }) => {
        const r = triu(matmul(q, a!, true));
        const product = matmul(q, g, true);
        const turned = add(sub(g, matmul(q, product)), matmul(q, tril(sub(product, matrixTranspose(product)), -1)));
        return matrixTranspose(solve(r, matrixTranspose(turned)));
      },
    ],
  },
};

/**
 * A = Q · R with orthonormal columns Q [..., m, k] and an upper triangle R [..., k, n], k = min(m, n): PyTorch's reduced `qr`.
 * Gradients require the first k columns of A to be linearly independent, and throw otherwise.
 */
export function qr(a: Tensor): { readonly q: Tensor; readonly r: Tensor } {
  wantMatrices('qr', a);
  const [m, n] = a.shape.slice(-2) as [number, number];
  const q = apply(QrQ, [m < n ? narrow(a, -1, 0, m) : a], undefined);
  return { q, r: triu(matmul(q, a, true)) };
}

/** Reflects columns onto axes one by one; applied in reverse, the reflections turn the axes into Q. */
function orthonormal(a: Float64Array, m: number, n: number): Float64Array {
  const reflections: (Float64Array | undefined)[] = [];
  for (let k = 0; k < n; k++) {
    const v = new Float64Array(m);
    let largest = 0;
    for (let i = k; i < m; i++) largest = Math.max(largest, Math.abs((v[i] = a[i * n + k]!)));
    let below = 0; // scaled to numbers near 1, so no square overflows
    for (let i = k + 1; i < m; i++) below += (v[i]! / largest) ** 2;
    if (!(below > 0)) {
      reflections.push(undefined);
      continue;
    }
    v[k]! += (v[k]! < 0 ? -1 : 1) * largest * Math.sqrt((v[k]! / largest) ** 2 + below);
    const size = Math.hypot(...v.subarray(k).map((value) => value / largest)) * largest;
    for (let i = k; i < m; i++) v[i]! /= size;
    reflections.push(v);
    reflect(v, a, k, m, n);
  }
  const q = new Float64Array(m * n);
  for (let k = 0; k < n; k++) q[k * n + k] = 1;
  for (let k = n - 1; k >= 0; k--) if (reflections[k]) reflect(reflections[k]!, q, k, m, n);
  return q;
}

/** A − 2 v vᵀ A, for a unit vector v that is 0 before row `first`. */
function reflect(v: Float64Array, a: Float64Array, first: number, m: number, n: number): void {
  for (let j = 0; j < n; j++) {
    let along = 0;
    for (let i = first; i < m; i++) along += v[i]! * a[i * n + j]!;
    for (let i = first; i < m; i++) a[i * n + j]! -= 2 * along * v[i]!;
  }
}
