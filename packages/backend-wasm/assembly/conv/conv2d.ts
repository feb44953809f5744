// conv2d, forward: y[n, k, oh, ow] = Σ x[n, c, oh·s − p + r·d, ow·s − p + q·d] · w[k, c, r, q] (+ bias[k]).
import { ceilDiv, copyFloats, floats } from "../simd";
import { NR } from "../gemm";
import { resetScratch, scratch } from "../scratch";
import { ConvShape } from "./shape";
import { columnTable, copyPadded, kindsOf, tapTable, zeros } from "./tables";
import { implicitGemm, packedSize, packWeights, panelScratch } from "./implicit-gemm";

/** Images computed together so that a 7×7 plane does not fill three quarters of its last panel with nothing. */
export function imagesPerBlock(N: i32, P: i32): i32 {
  if (P >= 256 || P % NR == 0) return 1;
  return min(N, ceilDiv(256, P));
}

/** bias may be 0. */
export function conv2d(shape: ConvShape, x: usize, w: usize, bias: usize, y: usize): void {
  resetScratch();
  const N = shape.n, C = shape.c, H = shape.h, W = shape.w, K = shape.k, G = shape.groups;
  const Cg = C / G, Kg = K / G, R = Cg * shape.kh * shape.kw, P = shape.oh * shape.ow;
  const padded = (shape.pt | shape.pl | shape.pb | shape.pr) != 0;
  const Hp = H + shape.pt + shape.pb, Wp = W + shape.pl + shape.pr;
  const image = C * Hp * Wp, block = imagesPerBlock(N, P);
  const tap = tapTable(Cg, shape.kh, shape.kw, Hp, Wp, shape.dh, shape.dw);
  const packed = floats(packedSize(Kg, R)), a = scratch(packed * G);
  for (let g = 0; g < G; g++) packWeights(w + floats(g * Kg * R), Kg, R, a + packed * g);
  const panel = panelScratch();
  const border = padded ? zeros(image * block) : 0;
  const rows = block > 1 ? scratch(floats(Kg * block * P)) : 0;
  let col = columnTable(block, image, shape.oh, shape.ow, shape.sh * Wp, shape.sw), kinds = kindsOf(col, block * P);
  for (let n = 0; n < N; n += block) {
    const images = min(block, N - n), total = images * P;
    if (images < block) { // the last block: no column may point beyond x
      col = columnTable(images, image, shape.oh, shape.ow, shape.sh * Wp, shape.sw);
      kinds = kindsOf(col, total);
    }
    const xn = x + floats(n * C * H * W);
    if (padded) copyPadded(xn, images * C, H, W, border, Hp, Wp, shape.pt, shape.pl);
    const src = padded ? border : xn;
    for (let g = 0; g < G; g++) {
      const yg = y + floats((n * K + g * Kg) * P);
      implicitGemm(a + packed * g, Kg, tap, R, src + floats(g * Cg * Hp * Wp), col, kinds, total,
        block > 1 ? rows : yg, block > 1 ? total : P, bias ? bias + floats(g * Kg) : 0, panel);
      if (block > 1) scatterImages(rows, yg, images, Kg, P, K * P);
    }
  }
}

/** rows[M][images][P] to out[images][M][P], images `step` floats apart. */
export function scatterImages(rows: usize, out: usize, images: i32, M: i32, P: i32, step: i32): void {
  for (let k = 0; k < M; k++) for (let n = 0; n < images; n++, rows += floats(P)) copyFloats(rows, out + floats(n * step + k * P), P);
}
