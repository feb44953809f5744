// conv2d, forward: y[n, k, oh, ow] = Σ x[n, c, oh·s − p + r·d, ow·s − p + q·d] · w[k, c, r, q] (+ bias[k]).
import { ceilDiv, copyFloats, floats } from "../simd";
import { MR, NR } from "../gemm";
import { resetScratch, scratch } from "../scratch";
import { ConvShape } from "./shape";
import { columnTable, copyPaddedRows, kindsOf, tapTable, zeros } from "./tables";
import { implicitGemm, packedSize, packWeights, panelScratch } from "./implicit-gemm";

/** Images computed together so a 7×7 plane does not fill three quarters of its last panel with nothing. */
export function imagesPerBlock(N: i32, P: i32): i32 {
  if (P >= 256 || P % NR == 0) return 1;
  return min(N, ceilDiv(256, P));
}

/** Panels of columns in N images of P columns, block by block. */
export function panelsOf(N: i32, P: i32): i32 {
  const block = imagesPerBlock(N, P);
  return N / block * ceilDiv(block * P, NR) + ceilDiv(N % block * P, NR);
}

/** Units of `conv2d`. */
export function conv2dUnits(shape: ConvShape): i32 { return panelsOf(shape.n, shape.oh * shape.ow); }

/** Floats of the packed weights of one group. */
export function conv2dPacked(shape: ConvShape): i32 { return packedSize(shape.k / shape.groups, shape.c / shape.groups * shape.kh * shape.kw); }

/** Packs the weights of all groups. Units are panels of filters, the groups one after another. */
export function conv2dPack(shape: ConvShape, w: usize, out: usize, from: i32, to: i32): void {
  const G = shape.groups, Kg = shape.k / G, R = shape.c / G * shape.kh * shape.kw, rows = ceilDiv(Kg, MR), packed = floats(packedSize(Kg, R));
  for (let unit = from; unit < to; ) {
    const g = unit / rows, first = unit % rows, last = min(rows, first + to - unit);
    packWeights(w + floats(g * Kg * R), Kg, R, out + packed * g, first, last);
    unit += last - first;
  }
}

/** From packed weights `a`; bias may be 0. Units are panels of output pixels. */
export function conv2d(shape: ConvShape, x: usize, a: usize, bias: usize, y: usize, from: i32, to: i32): void {
  resetScratch();
  const N = shape.n, C = shape.c, H = shape.h, W = shape.w, K = shape.k, G = shape.groups;
  const Cg = C / G, Kg = K / G, R = Cg * shape.kh * shape.kw, P = shape.oh * shape.ow;
  const padded = (shape.pt | shape.pl | shape.pb | shape.pr) != 0;
  const Hp = H + shape.pt + shape.pb, Wp = W + shape.pl + shape.pr;
  const image = C * Hp * Wp, block = imagesPerBlock(N, P), panels = ceilDiv(block * P, NR);
  const tap = tapTable(Cg, shape.kh, shape.kw, Hp, Wp, shape.dh, shape.dw);
  const packed = floats(packedSize(Kg, R)), panel = panelScratch();
  const border = padded ? zeros(image * block) : 0;
  const rows = block > 1 ? scratch(floats(Kg * block * P)) : 0;
  let held = 0, col: usize = 0, kinds: usize = 0;
  for (let unit = from; unit < to; ) {
    const n = unit / panels * block, images = min(block, N - n), total = images * P;
    const j0 = unit % panels * NR, j1 = min(total, j0 + (to - unit) * NR);
    unit += ceilDiv(j1 - j0, NR);
    if (images != held) { // fewer in the last block: no column may point beyond x
      col = columnTable(images, image, shape.oh, shape.ow, shape.sh * Wp, shape.sw);
      kinds = kindsOf(col, total);
      held = images;
    }
    const xn = x + floats(n * C * H * W);
    if (padded) {
      const first = block > 1 ? 0 : j0 / shape.ow * shape.sh - shape.pt, last = block > 1 ? H : (j1 - 1) / shape.ow * shape.sh - shape.pt + (shape.kh - 1) * shape.dh + 1;
      copyPaddedRows(xn, images * C, H, W, border, Hp, Wp, shape.pt, shape.pl, first, last);
    }
    const src = padded ? border : xn;
    for (let g = 0; g < G; g++) {
      const yg = y + floats((n * K + g * Kg) * P);
      implicitGemm(a + packed * g, Kg, tap, R, src + floats(g * Cg * Hp * Wp), col, kinds, j0, j1,
        block > 1 ? rows : yg, block > 1 ? total : P, bias ? bias + floats(g * Kg) : 0, panel, shape.activation());
      if (block > 1) scatterColumns(rows, total, yg, j0, j1, Kg, P, K * P);
    }
  }
}

/** Columns `from` to `to` of rows[M][ld], which are those of several images of P columns, to out[image][M][P], images `step` floats apart. */
export function scatterColumns(rows: usize, ld: i32, out: usize, from: i32, to: i32, M: i32, P: i32, step: i32): void {
  for (let m = 0; m < M; m++, rows += floats(ld), out += floats(P)) for (let j = from; j < to; ) {
    const n = j / P, at = j % P, count = min(P - at, to - j);
    copyFloats(rows + floats(j), out + floats(n * step + at), count);
    j += count;
  }
}
