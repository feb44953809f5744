// im2col(k, j) = src[col[j] + tap[k]]: every variant of convolution is two tables of byte offsets into a padded image.
//   col[j]  output pixel j        (stride, row breaks, images of a block)
//   tap[k]  reduction index k     (channel, kernel row, kernel column, dilation)
import { floats, roundUp, copyFloats } from "../simd";
import { NR } from "../gemm";
import { scratch } from "../scratch";

// Layout of the four pixels of a group in memory.
export const CONTIGUOUS: u8 = 0;
export const EVEN: u8 = 1;
export const GATHER: u8 = 2;

/**
 * The columns of an OH × OW grid in each of `images` images; a kind for each group of four follows the offsets. Steps in
 * floats. The table is padded to whole panels by repeating the last pixel, and by a spare group.
 */
export function columnTable(images: i32, imageStep: i32, OH: i32, OW: i32, rowStep: i32, colStep: i32): usize {
  const P = OH * OW, total = images * P, padded = roundUp(total, NR) + 4;
  const col = scratch(<usize>padded * 5);
  let o = col;
  for (let n = 0; n < images; n++) for (let i = 0; i < OH; i++) {
    let at = n * imageStep + i * rowStep;
    for (let j = 0; j < OW; j++, o += 4, at += colStep) store<i32>(o, at << 2);
  }
  const last = total ? load<i32>(o - 4) : 0;
  for (let j = total; j < padded; j++, o += 4) store<i32>(o, last);
  for (let p = col, kind = col + floats(padded); p < o; p += 16, kind++) {
    const b = load<i32>(p), d1 = load<i32>(p, 4) - b, d2 = load<i32>(p, 8) - b, d3 = load<i32>(p, 12) - b;
    store<u8>(kind, d1 == 4 && d2 == 8 && d3 == 12 ? CONTIGUOUS : d1 == 8 && d2 == 16 && d3 == 24 ? EVEN : GATHER);
  }
  return col;
}

/** The kinds that follow a table of `total` columns. */
// @ts-ignore: decorator
@inline export function kindsOf(col: usize, total: i32): usize { return col + floats(roundUp(total, NR) + 4); }

/** Taps (channel, row, column) in padded planes of Hp × Wp; padded with zeros to a whole panel. */
export function tapTable(C: i32, kh: i32, kw: i32, Hp: i32, Wp: i32, dh: i32, dw: i32): usize {
  const taps = C * kh * kw, table = scratch(floats(taps + NR));
  let o = table;
  for (let c = 0; c < C; c++) for (let r = 0; r < kh; r++) for (let s = 0; s < kw; s++, o += 4)
    store<i32>(o, ((c * Hp + r * dh) * Wp + s * dw) << 2);
  memory.fill(o, 0, floats(NR));
  return table;
}

/** Copies planes [planes, H, W] into the middle of planes [planes, Hp, Wp] whose border is already zero. */
export function copyPadded(x: usize, planes: i32, H: i32, W: i32, out: usize, Hp: i32, Wp: i32, top: i32, left: i32): void {
  const row = floats(W), step = floats(Wp), gap = floats((Hp - H) * Wp);
  out += floats(top * Wp + left);
  for (let c = 0; c < planes; c++, out += gap) for (let h = 0; h < H; h++, x += row, out += step) copyFloats(x, out, W);
}

/** The same for some rows of each plane: those from `first` to `last` that exist. */
export function copyPaddedRows(x: usize, planes: i32, H: i32, W: i32, out: usize, Hp: i32, Wp: i32, top: i32, left: i32, first: i32, last: i32): void {
  first = max(0, first);
  last = min(H, last);
  out += floats(top * Wp + left);
  for (let c = 0; c < planes; c++, x += floats(H * W), out += floats(Hp * Wp))
    for (let h = first; h < last; h++) copyFloats(x + floats(h * W), out + floats(h * Wp), W);
}

export function zeros(n: i32): usize {
  const p = scratch(floats(n));
  memory.fill(p, 0, floats(n));
  return p;
}
