import { apply } from '../apply.ts';
import { eye } from '../create.ts';
import type { Op } from '../op.ts';
import type { Tensor } from '../tensor.ts';
import { add, div, mul, square, sub } from './arithmetic.ts';
import { cast } from './cast.ts';
import { equal } from './comparison.ts';
import { elements } from './elementwise.ts';
import { matmul } from './matmul.ts';
import { matricesOf, matrixTranspose, wantMatrices, whichMatrix } from './matrices.ts';
import { narrow, split, squeeze } from './movement.ts';

/** A = U · diag(s) · Vᵀ as one stacked tensor: U [..., m, k], s [..., 1, k], V [..., n, k], k = min(m, n). */
export const Svd: Op = {
  name: 'svd',
  infer([x]) {
    wantMatrices('svd', x!);
    const [m, n] = x!.shape.slice(-2) as [number, number];
    return { shape: [...x!.shape.slice(0, -2), m + 1 + n, Math.min(m, n)], dtype: x!.dtype };
  },
  reference([x], _, out) {
    const [m, n] = x!.shape.slice(-2) as [number, number];
    const k = Math.min(m, n);
    matricesOf(x!).forEach((a, i) => {
      if (!a.every(Number.isFinite))
        throw new Error(
          `svd expects finite numbers, got ${a.find((value) => !Number.isFinite(value))}${whichMatrix(i, x!.shape)}.`,
        );
      // Make the matrix tall, so its columns can be orthogonalised.
      const columns = Array.from({ length: k }, (_unused, j) =>
        Float64Array.from({ length: Math.max(m, n) }, (_one, r) => (m >= n ? a[r * n + j]! : a[j * n + r]!)),
      );
      const { left, values, right } = jacobi(columns);
      const [u, v] = m >= n ? [left, right] : [right, left];
      const rows = [...(u[0]?.keys() ?? [])]
        .map((r) => u.map((column) => column[r]!))
        .concat(
          [values],
          [...(v[0]?.keys() ?? [])].map((r) => v.map((column) => column[r]!)),
        );
      elements(out).set(rows.flat(), i * (m + 1 + n) * k);
    });
  },
  gradient: {
    uses: [0, 'output'],
    rules: [
      (g, { inputs: [x], output }) => {
        const [m, n] = x!.shape.slice(-2) as [number, number];
        const k = Math.min(m, n);
        const [u, s, v] = split(output, [m, 1, n], -2) as [Tensor, Tensor, Tensor];
        const [gu, gs, gv] = split(g, [m, 1, n], -2) as [Tensor, Tensor, Tensor];
        const column = matrixTranspose(s);
        // Townsend 2016. If singular values are equal, only functions independent of the choice of vectors have a gradient, and their differences get weight 0.
        const weights = reciprocalOrZero(sub(square(s), square(column)));
        const [inU, inV] = [matmul(u, gu, true), matmul(v, gv, true)];
        const turned = (product: Tensor): Tensor => mul(weights, sub(product, matrixTranspose(product)));
        const inner = add(add(mul(turned(inU), s), mul(column, turned(inV))), mul(eye(k, x!), gs));
        let total = matmul(matmul(u, inner), v, false, true);
        if (m > k) total = add(total, matmul(mul(sub(gu, matmul(u, inU)), reciprocalOrZero(s)), v, false, true));
        if (n > k) total = add(total, matmul(mul(u, reciprocalOrZero(s)), sub(gv, matmul(v, inV)), false, true));
        return total;
      },
    ],
  },
};

function reciprocalOrZero(x: Tensor): Tensor {
  const zero = cast(equal(x, 0), x.dtype);
  return div(sub(1, zero), add(x, zero));
}

/**
 * A = U · diag(s) · Vᵀ for matrices A [..., m, n]: u [..., m, k], s [..., k] in descending order, vt [..., k, n], k = min(m, n). Each row of vt has its
 * largest element positive. Gradients through u and vt require distinct singular values; through s alone they are also correct for equal ones.
 * @throws if an element is not finite
 */
export function svd(a: Tensor): { readonly u: Tensor; readonly s: Tensor; readonly vt: Tensor } {
  const all = apply(Svd, [a], undefined);
  const [m, n] = a.shape.slice(-2) as [number, number];
  return {
    u: narrow(all, -2, 0, m),
    s: squeeze(narrow(all, -2, m, 1), [-2]),
    vt: matrixTranspose(narrow(all, -2, m + 1, n)),
  };
}

const dot = (a: Float64Array, b: Float64Array): number => {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
};

/** Turns two vectors in their plane. */
function rotate(a: Float64Array, b: Float64Array, cos: number, sin: number): void {
  for (let i = 0; i < a.length; i++) [a[i], b[i]] = [cos * a[i]! - sin * b[i]!, sin * a[i]! + cos * b[i]!];
}

/** An upper limit: matrices usually need a handful of sweeps. */
const mostSweeps = 60;

/** Rotates pairs of columns until all are orthogonal (Hestenes 1958). Changes the columns, of which there are at most as many as rows. */
function jacobi(columns: Float64Array[]): { left: Float64Array[]; values: number[]; right: Float64Array[] } {
  const count = columns.length;
  const scale = columns.reduce((most, column) => column.reduce((a, b) => Math.max(a, Math.abs(b)), most), 0) || 1;
  for (const column of columns) for (let i = 0; i < column.length; i++) column[i]! /= scale; // no square overflows
  const right = Array.from({ length: count }, (_, j) =>
    Float64Array.from({ length: count }, (_one, i) => Number(i === j)),
  );
  const negligible = 1e-32 * columns.reduce((sum, column) => sum + dot(column, column), 0);
  for (let sweep = 0, moved = true; moved; sweep++) {
    if (sweep === mostSweeps)
      throw new Error(
        `svd did not converge in ${mostSweeps} sweeps over a matrix of ${columns[0]!.length} by ${count}.`,
      );
    moved = false;
    for (let p = 0; p < count; p++)
      for (let q = p + 1; q < count; q++) {
        const [a, b] = [columns[p]!, columns[q]!];
        const [aa, bb, ab] = [dot(a, a), dot(b, b), dot(a, b)];
        if (Math.min(aa, bb) <= negligible || Math.abs(ab) <= 1e-15 * Math.sqrt(aa * bb)) continue;
        moved = true;
        const slope = (bb - aa) / (2 * ab);
        const tangent = (slope < 0 ? -1 : 1) / (Math.abs(slope) + Math.sqrt(1 + slope * slope));
        const cos = 1 / Math.sqrt(1 + tangent * tangent);
        rotate(a, b, cos, cos * tangent);
        rotate(right[p]!, right[q]!, cos, cos * tangent);
      }
  }
  const lengths = columns.map((column) => Math.sqrt(dot(column, column)));
  const order = lengths.map((_, i) => i).sort((i, j) => lengths[j]! - lengths[i]! || i - j);
  const left: Float64Array[] = [];
  for (const i of order) left.push(unitBeside(columns[i]!, left));
  const rows = order.map((i) => right[i]!);
  rows.forEach((row, i) => {
    if (row.reduce((most, value) => (Math.abs(value) > Math.abs(most) ? value : most), 0) > 0) return;
    for (const vector of [row, left[i]!]) for (let k = 0; k < vector.length; k++) vector[k] = -vector[k]!;
  });
  return { left, values: order.map((i) => lengths[i]! * scale), right: rows };
}

/** Orthogonalises a vector against others and normalises it; if only rounding is left, uses an axis instead. */
function unitBeside(vector: Float64Array, others: readonly Float64Array[]): Float64Array {
  const beside = (start: Float64Array): { unit: Float64Array; share: number } => {
    const unit = start.slice();
    const length = Math.sqrt(dot(unit, unit));
    // Orthogonalising twice reaches full precision (Giraud et al. 2005).
    for (let pass = 0; pass < 2; pass++)
      for (const other of others) {
        const along = dot(unit, other);
        for (let i = 0; i < unit.length; i++) unit[i]! -= along * other[i]!;
      }
    const left = Math.sqrt(dot(unit, unit));
    return { unit: unit.map((value) => value / left), share: length > 0 ? left / length : 0 };
  };
  const own = beside(vector);
  if (own.share > 0.5) return own.unit;
  let best = own;
  for (let axis = 0; axis < vector.length; axis++) {
    const candidate = beside(Float64Array.from({ length: vector.length }, (_, i) => Number(i === axis)));
    if (candidate.share > best.share) best = candidate;
  }
  return best.unit;
}
