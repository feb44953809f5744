// C[M, N] = A[M, K] · B[K, N], both given by strides (in floats), so one function serves all four transposes.
import { fma, floats, splat, storeLanes, sumLanes, fillFloats } from "./simd";
import { blockSize, KC, macro, MR, NR, wholePanels } from "./gemm";
import { packA, packB } from "./pack";
import { resetScratch, scratch } from "./scratch";

/** Rows of A packed at once: with kc = 256 the block (≤ 320 KB) stays in L2. */
const MC: i32 = 320;
/** Up to this many rows, packing B would cost more than it saves. */
const SKINNY: i32 = 4;

/**
 * Several products in sequence: product i has its matrices table[2i] and table[2i + 1] bytes behind `a` and `b` (0 where there is no
 * table), and its result behind the last one's. Units are products.
 */
export function matmulBatch(table: usize, a: usize, aRow: i32, aCol: i32, b: usize, bRow: i32, bCol: i32, c: usize, M: i32, N: i32, K: i32, from: i32, to: i32): void {
  c += floats(from * M * N);
  for (let i = from; i < to; i++, c += floats(M * N)) {
    const p = table ? a + load<u32>(table + (<usize>i << 3)) : a, q = table ? b + load<u32>(table + (<usize>i << 3), 4) : b;
    if (N <= SKINNY && M > SKINNY) matmulRows(p, aRow, aCol, q, bRow, bCol, c, M, N, K, 0, M);
    else matmulColumns(p, aRow, aCol, q, bRow, bCol, c, M, N, K, 0, N);
  }
}

/** Units are columns; parts of whole panels waste nothing. */
export function matmulColumns(a: usize, aRow: i32, aCol: i32, b: usize, bRow: i32, bCol: i32, c: usize, M: i32, N: i32, K: i32, from: i32, to: i32): void {
  resetScratch();
  b += floats(from * bCol);
  c += floats(from);
  if (M <= SKINNY) skinny(a, aRow, aCol, b, bRow, bCol, c, N, M, to - from, K);
  else blocked(a, aRow, aCol, b, bRow, bCol, c, N, M, to - from, K);
}

/** Units are rows; parts of whole panels waste nothing. */
export function matmulRows(a: usize, aRow: i32, aCol: i32, b: usize, bRow: i32, bCol: i32, c: usize, M: i32, N: i32, K: i32, from: i32, to: i32): void {
  resetScratch();
  a += floats(from * aRow);
  c += floats(from * N);
  M = to - from;
  if (N > SKINNY) return blocked(a, aRow, aCol, b, bRow, bCol, c, N, M, N, K);
  const t = scratch(floats(M * N)); // Cᵀ = Bᵀ · Aᵀ
  skinny(b, bCol, bRow, a, aCol, aRow, t, M, N, M, K);
  for (let i = 0; i < M; i++) for (let j = 0; j < N; j++, c += 4) store<f32>(c, load<f32>(t + floats(j * M + i)));
}

/** C of any size, on the calling thread: A is packed in blocks, B panel by panel. */
export function blocked(a: usize, aRow: i32, aCol: i32, b: usize, bRow: i32, bCol: i32, c: usize, ldc: i32, M: i32, N: i32, K: i32): void {
  const kb = blockSize(K, KC), mb = blockSize(M, MC);
  const ap = scratch(floats(mb * kb)), bp = scratch(floats(NR * (kb + 4)));
  for (let k = 0; k < K; k += kb) {
    const kc = min(kb, K - k);
    for (let i = 0; i < M; i += mb) {
      const mc = min(mb, M - i);
      packA(a + floats(i * aRow + k * aCol), aRow, aCol, mc, kc, ap);
      for (let j = 0; j < N; j += NR) {
        const nr = min(NR, N - j);
        packB(b + floats(k * bRow + j * bCol), bRow, bCol, kc, nr, bp);
        macro(ap, bp, mc, nr, kc, c + floats(i * ldc + j), ldc, k > 0, 0);
      }
    }
  }
}

// Large products in three steps, so threads share what is packed: rows of A, panels of B, tiles of C.

/** A[M, K] by blocks of K as panels of rows. Units are panels. */
export function packLeft(a: usize, aRow: i32, aCol: i32, M: i32, K: i32, out: usize, from: i32, to: i32): void {
  const kb = blockSize(K, KC), Mp = wholePanels(M), i = from * MR, rows = min(M, to * MR) - i;
  for (let k = 0; k < K; k += kb) {
    const kc = min(kb, K - k);
    packA(a + floats(i * aRow + k * aCol), aRow, aCol, rows, kc, out + floats(Mp * k + i * kc));
  }
}

/** Floats of a packed panel: packing writes up to a multiple of four steps. */
// @ts-ignore: decorator
@inline function panelSize(kc: i32): i32 { return (kc + 3 & ~3) * NR; }

/** B[K, N] by blocks of K as panels of columns. Units are panels. */
export function packRight(b: usize, bRow: i32, bCol: i32, N: i32, K: i32, out: usize, from: i32, to: i32): void {
  const kb = blockSize(K, KC), panels = (N + NR - 1) / NR;
  for (let k = 0; k < K; k += kb) {
    const kc = min(kb, K - k), base = out + floats(k * panels * NR);
    for (let p = from; p < to; p++)
      packB(b + floats(k * bRow + p * NR * bCol), bRow, bCol, kc, min(NR, N - p * NR), base + floats(p * panelSize(kc)));
  }
}

/** Rows of a tile. */
export function tileRows(M: i32): i32 { return blockSize(M, MC); }

/** C from packed A and B. Units are tiles of `tileRows(M)` rows and `width` panels, the columns of one block of rows in turn. */
export function matmulTiles(ap: usize, bp: usize, c: usize, M: i32, N: i32, K: i32, width: i32, from: i32, to: i32): void {
  const kb = blockSize(K, KC), mb = blockSize(M, MC), Mp = wholePanels(M), panels = (N + NR - 1) / NR, columns = (panels + width - 1) / width;
  for (let unit = from; unit < to; unit++) {
    const i = unit / columns * mb, mc = min(mb, M - i), first = unit % columns * width, last = min(panels, first + width);
    for (let k = 0; k < K; k += kb) {
      const kc = min(kb, K - k), a = ap + floats(Mp * k + i * kc), b = bp + floats(k * panels * NR);
      for (let p = first; p < last; p++)
        macro(a, b + floats(p * panelSize(kc)), mc, min(NR, N - p * NR), kc, c + floats(i * N + p * NR), N, k > 0, 0);
    }
  }
}

/** Few rows: B is read once, in memory order, and not packed. */
function skinny(a: usize, aRow: i32, aCol: i32, b: usize, bRow: i32, bCol: i32, c: usize, ldc: i32, M: i32, N: i32, K: i32): void {
  const rows = scratch(floats(M * K)); // A, contiguous
  for (let i = 0; i < M; i++) for (let k = 0; k < K; k++) store<f32>(rows + floats(i * K + k), load<f32>(a + floats(i * aRow + k * aCol)));
  if (bCol == 1) {
    for (let i = 0; i < M; i++) fillFloats(c + floats(i * ldc), 0, N);
    for (let k = 0; k < K; k += 4)
      for (let i = 0; i < M; i++) addRows(rows + floats(i * K + k), b + floats(k * bRow), floats(bRow), min(4, K - k), c + floats(i * ldc), N);
    return;
  }
  for (let j = 0; j < N; j += 4) for (let i = 0; i < M; i++) {
    const p = b + floats(j * bCol), o = c + floats(i * ldc + j), last = min(4, N - j) - 1, step = floats(bCol);
    const sums = dot4(rows + floats(i * K), p, p + step * min(1, last), p + step * min(2, last), p + step * min(3, last), K);
    if (last == 3) v128.store(o, sums); else storeLanes(o, sums, last + 1);
  }
}

/** c[N] += Σ a[r] · b[r, N] over up to four rows. */
function addRows(a: usize, b: usize, step: usize, rows: i32, c: usize, N: i32): void {
  const a0 = v128.load32_splat(a), a1 = rows > 1 ? v128.load32_splat(a, 4) : splat(0);
  const a2 = rows > 2 ? v128.load32_splat(a, 8) : splat(0), a3 = rows > 3 ? v128.load32_splat(a, 12) : splat(0);
  if (rows < 4) {
    for (let r = 0; r < rows; r++, b += step) {
      const s = v128.load32_splat(a + (r << 2));
      let j = 0;
      for (; j + 4 <= N; j += 4) v128.store(c + floats(j), fma(s, v128.load(b + floats(j)), v128.load(c + floats(j))));
      if (j < N) storeLanes(c + floats(j), fma(s, v128.load(b + floats(j)), v128.load(c + floats(j))), N - j);
    }
    return;
  }
  let p0 = b, p1 = b + step, p2 = p1 + step, p3 = p2 + step, j = 0;
  for (; j + 4 <= N; j += 4, c += 16, p0 += 16, p1 += 16, p2 += 16, p3 += 16)
    v128.store(c, fma(a3, v128.load(p3), fma(a2, v128.load(p2), fma(a1, v128.load(p1), fma(a0, v128.load(p0), v128.load(c))))));
  if (j < N)
    storeLanes(c, fma(a3, v128.load(p3), fma(a2, v128.load(p2), fma(a1, v128.load(p1), fma(a0, v128.load(p0), v128.load(c))))), N - j);
}

/** Four dot products over K contiguous floats. */
function dot4(a: usize, p0: usize, p1: usize, p2: usize, p3: usize, K: i32): v128 {
  let s0 = splat(0), s1 = s0, s2 = s0, s3 = s0, k = 0;
  for (; k + 4 <= K; k += 4, a += 16, p0 += 16, p1 += 16, p2 += 16, p3 += 16) {
    const v = v128.load(a);
    s0 = fma(v, v128.load(p0), s0); s1 = fma(v, v128.load(p1), s1); s2 = fma(v, v128.load(p2), s2); s3 = fma(v, v128.load(p3), s3);
  }
  let d0 = sumLanes(s0), d1 = sumLanes(s1), d2 = sumLanes(s2), d3 = sumLanes(s3);
  for (; k < K; k++, a += 4, p0 += 4, p1 += 4, p2 += 4, p3 += 4) {
    const v = load<f32>(a);
    d0 += v * load<f32>(p0); d1 += v * load<f32>(p1); d2 += v * load<f32>(p2); d3 += v * load<f32>(p3);
  }
  return f32x4.replace_lane(f32x4.replace_lane(f32x4.replace_lane(splat(d0), 1, d1), 2, d2), 3, d3);
}
