// The multiplying core. A panels: [M / MR][kc][MR]; B panels: [N / NR][kc][NR].
import { fma, roundUp, splat, storeLanes } from "./simd";
import { tile } from "./scratch";
import { activate, Activation } from "./activation";

// V8 11.3 (Node 20) moves all loads of a loop body before the multiply-adds, which are pure, and has 15 vector
// registers: the loads and sums of a body must be ≤ 15, and it must not be unrolled. 2×16 is the one tile that is near the best
// with fused multiply-adds and without them; 16 columns are a cache line, and 12, which are faster in registers, write each line twice.
// Panels of A have four rows, two tiles, because packing four is a transpose.
export const MR: i32 = 4;
export const NR: i32 = 16;

/** MR and NR, for the host. */
export function panelRows(): i32 { return MR; }
export function panelColumns(): i32 { return NR; }

/** Rows of whole A panels. */
// @ts-ignore: decorator
@inline export function wholePanels(M: i32): i32 { return roundUp(M, MR); }

/** Longest reduction block: one B panel (16 KB) stays in a 32 KB L1 while A panels stream from L2. */
export const KC: i32 = 256;

/** Balanced reduction blocks, multiples of 4: 784 becomes 4 × 196, not 3 × 256 + 16. */
export function blockSize(K: i32, largest: i32): i32 {
  const blocks = max(1, (K + largest - 1) / largest);
  return max(4, ((K + blocks - 1) / blocks + 3) & ~3);
}

/** C[2, 16] = two rows of Ap · Bp over kc steps, plus C itself (`add`), or else plus bias[row] where there is a bias; then through `act`. ldc in bytes. */
function micro(ap: usize, bp: usize, kc: i32, c: usize, ldc: usize, add: bool, bias: usize, act: Activation | null): void {
  let c00 = splat(0), c01 = c00, c02 = c00, c03 = c00;
  let c10 = c00, c11 = c00, c12 = c00, c13 = c00;
  const end = bp + (<usize>kc * 16 << 2);
  while (bp < end) {
    const b0 = v128.load(bp), b1 = v128.load(bp, 16), b2 = v128.load(bp, 32), b3 = v128.load(bp, 48);
    let a = v128.load32_splat(ap);
    c00 = fma(a, b0, c00); c01 = fma(a, b1, c01); c02 = fma(a, b2, c02); c03 = fma(a, b3, c03);
    a = v128.load32_splat(ap, 4);
    c10 = fma(a, b0, c10); c11 = fma(a, b1, c11); c12 = fma(a, b2, c12); c13 = fma(a, b3, c13);
    ap += 16; bp += 64;
  }
  const d = c + ldc;
  if (add) {
    c00 = f32x4.add(c00, v128.load(c)); c01 = f32x4.add(c01, v128.load(c, 16)); c02 = f32x4.add(c02, v128.load(c, 32)); c03 = f32x4.add(c03, v128.load(c, 48));
    c10 = f32x4.add(c10, v128.load(d)); c11 = f32x4.add(c11, v128.load(d, 16)); c12 = f32x4.add(c12, v128.load(d, 32)); c13 = f32x4.add(c13, v128.load(d, 48));
  } else if (bias) {
    let v = v128.load32_splat(bias);
    c00 = f32x4.add(c00, v); c01 = f32x4.add(c01, v); c02 = f32x4.add(c02, v); c03 = f32x4.add(c03, v);
    v = v128.load32_splat(bias, 4);
    c10 = f32x4.add(c10, v); c11 = f32x4.add(c11, v); c12 = f32x4.add(c12, v); c13 = f32x4.add(c13, v);
  }
  if (act) { // in registers: rows of C far apart share few cache sets, and would have to be fetched again
    const kind = act.kind, low = splat(act.low), high = splat(act.high);
    c00 = activate(c00, kind, low, high); c01 = activate(c01, kind, low, high); c02 = activate(c02, kind, low, high); c03 = activate(c03, kind, low, high);
    c10 = activate(c10, kind, low, high); c11 = activate(c11, kind, low, high); c12 = activate(c12, kind, low, high); c13 = activate(c13, kind, low, high);
  }
  v128.store(c, c00); v128.store(c, c01, 16); v128.store(c, c02, 32); v128.store(c, c03, 48);
  v128.store(d, c10); v128.store(d, c11, 16); v128.store(d, c12, 32); v128.store(d, c13, 48);
}

/** One row of an edge tile: `count` floats, with what `micro` would have added. */
function storeEdgeRow(from: usize, c: usize, count: i32, add: bool, bias: usize, act: Activation | null): void {
  const offset = !add && bias ? v128.load32_splat(bias) : splat(0);
  for (; count > 0; count -= 4, from += 16, c += 16) {
    let v = f32x4.add(v128.load(from), add ? v128.load(c) : offset);
    if (act) v = activate(v, act.kind, splat(act.low), splat(act.high));
    if (count >= 4) v128.store(c, v); else storeLanes(c, v, count);
  }
}

/** C[M, nr] = A · one B panel (+ C, or + bias[M]), followed by an optional activation. The B panel stays in L1, the A panels stream from L2. ldc in floats. */
export function macro(a: usize, bp: usize, M: i32, nr: i32, kc: i32, c: usize, ldc: i32, add: bool, bias: usize, act: Activation | null = null): void {
  const step = <usize>kc * MR << 2, row = <usize>ldc << 2;
  const full = nr == NR ? M / MR * MR : 0;
  let i = 0;
  for (; i < full; i += MR, a += step) {
    const o = c + <usize>i * row, b = bias ? bias + (<usize>i << 2) : 0;
    micro(a, bp, kc, o, row, add, b, act);
    micro(a + 8, bp, kc, o + 2 * row, row, add, b ? b + 8 : 0, act);
  }
  const edge = tile(0);
  for (; i < M; i += MR, a += step) {
    const rows = min(MR, M - i), b = bias ? bias + (<usize>i << 2) : 0;
    micro(a, bp, kc, edge, NR << 2, false, 0, null);
    if (rows > 2) micro(a + 8, bp, kc, edge + (NR << 3), NR << 2, false, 0, null);
    for (let r = 0; r < rows; r++) storeEdgeRow(edge + <usize>r * (NR << 2), c + <usize>(i + r) * row, nr, add, b ? b + (<usize>r << 2) : 0, act);
  }
}
