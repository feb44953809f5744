// out[M, P] = A · im2col(src): B panels are packed straight from the padded image.
import { floats, gather4, loadEven } from "../simd";
import { blockSize, KC, macro, MR, NR, wholePanels } from "../gemm";
import { packA } from "../pack";
import { scratch } from "../scratch";
import { CONTIGUOUS, EVEN, kindsOf } from "./tables";
import { Activation } from "../activation";

/** One B panel: out[k][NR] = src[col[j..j+NR] + tap[k]]. */
function packPanel(src: usize, col: usize, kinds: usize, tap: usize, kc: i32, out: usize): void {
  const end = tap + floats(kc);
  if (load<u32>(kinds) == 0) { // all four groups contiguous
    const s0 = src + load<i32>(col), s1 = src + load<i32>(col, 16), s2 = src + load<i32>(col, 32), s3 = src + load<i32>(col, 48);
    for (; tap < end; tap += 4, out += NR << 2) {
      const t = load<i32>(tap);
      v128.store(out, v128.load(s0 + t)); v128.store(out, v128.load(s1 + t), 16);
      v128.store(out, v128.load(s2 + t), 32); v128.store(out, v128.load(s3 + t), 48);
    }
    return;
  }
  for (let g = 0; g < NR / 4; g++) {
    const kind = load<u8>(kinds + g), cg = col + (g << 4), base = src + load<i32>(cg);
    let o = out + (g << 4);
    if (kind == CONTIGUOUS) for (let t = tap; t < end; t += 4, o += NR << 2) v128.store(o, v128.load(base + load<i32>(t)));
    else if (kind == EVEN) for (let t = tap; t < end; t += 4, o += NR << 2) v128.store(o, loadEven(base + load<i32>(t)));
    else for (let t = tap; t < end; t += 4, o += NR << 2) v128.store(o, gather4(src + load<i32>(t), cg));
  }
}

/** Floats of A[M, K] when packed; panels may over-write by three steps. */
export function packedSize(M: i32, K: i32): i32 { return wholePanels(M) * K + 16; }

/** Panels of rows `from` to `to` of A[M, K] with contiguous rows, packed block by block as `implicitGemm` reads it. */
export function packWeights(w: usize, M: i32, K: i32, out: usize, from: i32, to: i32): void {
  const Mp = wholePanels(M), kb = blockSize(K, KC), i = from * MR, rows = min(M, to * MR) - i;
  for (let k = 0; k < K; k += kb) {
    const kc = min(kb, K - k);
    packA(w + floats(i * K + k), K, 1, rows, kc, out + floats(Mp * k + i * kc));
  }
}

/** The same if A[i, k] is at w + i · rowStride + offsets[k] floats. */
export function packWeightsAt(w: usize, rowStride: i32, offsets: usize, M: i32, K: i32, out: usize, from: i32, to: i32): void {
  const Mp = wholePanels(M), kb = blockSize(K, KC);
  for (let k0 = 0; k0 < K; k0 += kb) {
    const k1 = min(k0 + kb, K);
    let o = out + floats(Mp * k0 + from * MR * (k1 - k0));
    for (let i = from * MR; i < to * MR; i += MR) for (let k = k0; k < k1; k++, o += MR << 2) {
      const p = w + floats(i * rowStride + load<i32>(offsets + floats(k)));
      for (let r = 0; r < MR; r++) store<f32>(o + floats(r), i + r < M ? load<f32>(p + floats(r * rowStride)) : 0);
    }
  }
}

export function panelScratch(): usize { return scratch(floats(KC * NR)); }

/** a: packed weights. Columns `from` (a multiple of NR) to `to` of the table; rows of `out` are ldc floats apart. bias may be 0. `act`: the activation. */
export function implicitGemm(a: usize, M: i32, tap: usize, K: i32, src: usize, col: usize, kinds: usize, from: i32, to: i32,
    out: usize, ldc: i32, bias: usize, panel: usize, act: Activation | null = null): void {
  const Mp = wholePanels(M), kb = blockSize(K, KC);
  for (let k = 0; k < K; k += kb) {
    const kc = min(kb, K - k), ak = a + floats(Mp * k);
    for (let j = from; j < to; j += NR) {
      packPanel(src, col + floats(j), kinds + (j >> 2), tap + floats(k), kc, panel);
      macro(ak, panel, M, min(NR, to - j), kc, out + floats(j), ldc, k > 0, bias, k + kc == K ? act : null);
    }
  }
}
