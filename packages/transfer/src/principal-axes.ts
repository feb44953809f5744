import {
  matmul,
  narrow,
  pad,
  qr,
  Random,
  readAll,
  scope,
  sub,
  svd,
  type Tensor,
  tensor,
  transpose,
} from '@graft/tensor';

/** Rows in a basis whose first axes are those along which they vary most. */
export interface PrincipalAxes {
  /** The rows in the new basis: [rows, width], or [rows, count] if there are no more rows than `count`, because they vary along no other axis. */
  readonly rotated: Tensor;
  /** Mean square of the rows along the first axes, from the largest. */
  readonly variances: Float64Array;
  /** Converts vectors of the new basis, as wide as `rotated`, to the original one. */
  back(vectors: Float32Array): Promise<Float32Array>;
}

/** Rounds of subspace iteration. The axes only precondition, so they need not be exact. */
const rounds = 3;

/**
 * Rotates rows [rows, width]: their first `count` axes become about their principal axes (Halko et al. 2011, algorithm 4.4).
 * The other axes are orthogonal to them, in no particular order.
 */
export async function principalAxes(rows: Tensor, count: number, random: Random): Promise<PrincipalAxes> {
  const { backend } = rows;
  const [height, width] = rows.shape as [number, number];
  const start = Float32Array.from({ length: width * count }, () => random.normal());
  const { axes, spread } = scope(() => {
    let basis = tensor(start, { shape: [width, count], backend });
    if (height <= count) basis = qr(transpose(rows, [1, 0])).q;
    else for (let i = 0; i < rounds; i++) basis = qr(matmul(rows, matmul(rows, basis), true)).q;
    const seen = matmul(rows, basis);
    const { u, s } = svd(matmul(seen, seen, true));
    return { axes: matmul(basis, u), spread: s };
  });
  const [values, variances] = (await readAll([axes, spread])).map(({ data }) =>
    Float64Array.from(data as Float32Array),
  );
  for (const one of [axes, spread]) one.dispose();
  const { reflectors, factor } = blockReflector(values!, width, count);
  const [y, t] = [
    tensor(reflectors, { shape: [width, count], backend }),
    tensor(factor, { shape: [count, count], backend }),
  ];
  // x − (x Y) T Yᵀ applies all reflections at once.
  const kept = height <= count ? count : width;
  const rotated = scope(() => narrow(sub(rows, matmul(matmul(matmul(rows, y), t), y, false, true)), 1, 0, kept));
  return {
    rotated,
    variances: variances!.map((value) => value / height),
    async back(vectors) {
      const result = scope(() => {
        const given = tensor(vectors, { shape: [vectors.length / kept, kept], backend });
        const x = pad(given, [0, 0], [0, width - kept]);
        return sub(x, matmul(matmul(matmul(x, y), t, false, true), y, false, true));
      });
      const found = (await result.array()) as Float32Array;
      result.dispose();
      for (const one of [y, t]) one.dispose();
      return found;
    },
  };
}

/** Householder reflections whose product has the given orthonormal columns, up to their signs, in the compact form I − Y T Yᵀ (Schreiber and Van Loan 1989). */
function blockReflector(
  columns: Float64Array,
  width: number,
  count: number,
): { reflectors: Float32Array; factor: Float32Array } {
  const a = columns.slice();
  const y = new Float64Array(width * count);
  const t = new Float64Array(count * count);
  for (let j = 0; j < count; j++) {
    let norm = 0;
    for (let i = j; i < width; i++) norm += a[i * count + j]! ** 2;
    norm = Math.sqrt(norm);
    if (norm === 0) continue;
    const head = a[j * count + j]!;
    for (let i = j; i < width; i++) y[i * count + j] = a[i * count + j]!;
    y[j * count + j]! += head >= 0 ? norm : -norm;
    let square = 0;
    for (let i = j; i < width; i++) square += y[i * count + j]! ** 2;
    const tau = 2 / square;
    for (let c = j; c < count; c++) {
      let along = 0;
      for (let i = j; i < width; i++) along += y[i * count + j]! * a[i * count + c]!;
      for (let i = j; i < width; i++) a[i * count + c]! -= tau * along * y[i * count + j]!;
    }
    // T = [T, −τ T (Yᵀ y); 0, τ]
    const across = Array.from({ length: j }, (_, c) => {
      let sum = 0;
      for (let i = j; i < width; i++) sum += y[i * count + c]! * y[i * count + j]!;
      return sum;
    });
    for (let r = 0; r < j; r++) {
      let sum = 0;
      for (let c = r; c < j; c++) sum += t[r * count + c]! * across[c]!;
      t[r * count + j] = -tau * sum;
    }
    t[j * count + j] = tau;
  }
  return { reflectors: Float32Array.from(y), factor: Float32Array.from(t) };
}
