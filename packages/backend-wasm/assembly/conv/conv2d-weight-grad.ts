// Gradient of conv2d for its weights: dw[K, C·kh·kw] = Σ over images of g[K, P] · im2col(x)ᵀ[P, C·kh·kw].
import { ceilDiv, floats, gather4, loadEven, storeLanes, storeTransposed } from "../simd";
import { blockSize, KC, macro, NR, wholePanels } from "../gemm";
import { packA } from "../pack";
import { resetScratch, scratch } from "../scratch";
import { ConvShape } from "./shape";
import { columnTable, CONTIGUOUS, copyPadded, EVEN, kindsOf, tapTable, zeros } from "./tables";
import { panelScratch } from "./implicit-gemm";

/** The transposed panel: out[p][NR] = src[col[p] + tap[0..NR]] for pc pixels, written up to a multiple of 4. */
function packPanelTransposed(src: usize, col: usize, kinds: usize, pc: i32, tap: usize, out: usize): void {
  for (let t = 0; t < NR; t += 4, tap += 16, out += 16) {
    const s0 = src + load<i32>(tap), s1 = src + load<i32>(tap, 4), s2 = src + load<i32>(tap, 8), s3 = src + load<i32>(tap, 12);
    let o = out, cg = col, kind = kinds;
    for (let p = 0; p < pc; p += 4, o += NR << 4, cg += 16, kind++) {
      const b = load<i32>(cg), how = load<u8>(kind);
      if (how == CONTIGUOUS) storeTransposed(v128.load(s0 + b), v128.load(s1 + b), v128.load(s2 + b), v128.load(s3 + b), o, NR << 2);
      else if (how == EVEN) storeTransposed(loadEven(s0 + b), loadEven(s1 + b), loadEven(s2 + b), loadEven(s3 + b), o, NR << 2);
      else storeTransposed(gather4(s0, cg), gather4(s1, cg), gather4(s2, cg), gather4(s3, cg), o, NR << 2);
    }
  }
}

/**
 * Units are panels of columns of dw, convolution group after convolution group, for each of `parts` parts of the batch in turn. Part i
 * goes to out + i · K · R floats: with several, `addPartials` makes dw of them.
 */
export function conv2dWeightGrad(shape: ConvShape, x: usize, g: usize, out: usize, parts: i32, from: i32, to: i32): void {
  resetScratch();
  const N = shape.n, C = shape.c, H = shape.h, W = shape.w, K = shape.k, G = shape.groups;
  const Cg = C / G, Kg = K / G, R = Cg * shape.kh * shape.kw, P = shape.oh * shape.ow, panels = ceilDiv(R, NR);
  const padded = (shape.pt | shape.pl | shape.pb | shape.pr) != 0;
  const Hp = H + shape.pt + shape.pb, Wp = W + shape.pl + shape.pr;
  const tap = tapTable(Cg, shape.kh, shape.kw, Hp, Wp, shape.dh, shape.dw);
  const col = columnTable(1, 0, shape.oh, shape.ow, shape.sh * Wp, shape.sw), kinds = kindsOf(col, P);
  const pb = blockSize(P, KC), a = scratch(floats(wholePanels(Kg) * pb + 16)), panel = panelScratch();
  const border = padded ? zeros(C * Hp * Wp) : 0;
  for (let unit = from; unit < to; ) {
    const part = unit / (G * panels), q0 = unit % (G * panels), q1 = min(G * panels, q0 + to - unit);
    const n0 = N * part / parts, n1 = N * (part + 1) / parts, dw = out + floats(part * K * R);
    unit += q1 - q0;
    // The channels that these panels read.
    const c0 = q0 / panels * Cg + q0 % panels * NR / (R / Cg), c1 = (q1 - 1) / panels * Cg + min(R - 1, (q1 - 1) % panels * NR + NR - 1) / (R / Cg) + 1;
    for (let n = n0; n < n1; n++) {
      const xn = x + floats(n * C * H * W);
      if (padded) copyPadded(xn + floats(c0 * H * W), c1 - c0, H, W, border + floats(c0 * Hp * Wp), Hp, Wp, shape.pt, shape.pl);
      for (let i = q0 / panels; i <= (q1 - 1) / panels; i++) {
        const src = (padded ? border : xn) + floats(i * Cg * Hp * Wp), gn = g + floats((n * K + i * Kg) * P);
        const first = max(0, q0 - i * panels) * NR, last = min(R, (q1 - i * panels) * NR);
        for (let p = 0; p < P; p += pb) {
          const pc = min(pb, P - p);
          packA(gn + floats(p), P, 1, Kg, pc, a);
          for (let j = first; j < last; j += NR) {
            packPanelTransposed(src, col + floats(p), kinds + (p >> 2), pc, tap + floats(j), panel);
            macro(a, panel, Kg, min(NR, R - j), pc, dw + floats(i * Kg * R + j), R, n > n0 || p > 0, 0);
          }
        }
      }
    }
  }
}

/** y[i] = Σ over parts of partials[part][n], in order. Units are elements; `from` is a multiple of 4. */
export function addPartials(partials: usize, parts: i32, n: i32, y: usize, from: i32, to: i32): void {
  for (let i = from; i < to; i += 4) {
    let p = partials + floats(i), v = v128.load(p);
    for (let part = 1; part < parts; part++) { p += floats(n); v = f32x4.add(v, v128.load(p)); }
    if (i + 4 <= to) v128.store(y + floats(i), v); else storeLanes(y + floats(i), v, to - i);
  }
}
