// One plane at a time, padded and split by stride into sh · sw phases: pixel (i · sh + a, j · sw + b) is element (i, j) of phase (a, b).
// A window's element is then at a fixed distance from one output pixel to the next for every stride: outputs are computed along
// flat rows of the phases' own width, four vectors at a time, and the few columns after each row are dropped.
import { ceilDiv, copyFloats, fillFloats, floats } from "../simd";
import { scratch } from "../scratch";
import { ConvShape } from "./shape";

/** Loads of the last outputs read this many floats beyond the end. */
const SPARE: i32 = 32;

/** The position of a plane in scratch, and the extent of its outputs. */
@unmanaged export class Planes {
  width: i32; // of one phase
  phase: i32; // floats of one phase
  plane: usize;
  tap: usize; // byte offset of each window element
  taps: i32;
  length: i32; // of a flat output: (oh − 1) · width + ow
}

/** Prepares a padded plane, filled with the border value. */
export function layPlanes(shape: ConvShape, border: f32): Planes {
  const p = changetype<Planes>(scratch(offsetof<Planes>()));
  const sh = shape.sh, sw = shape.sw;
  p.width = ceilDiv(shape.w + shape.pl + shape.pr, sw);
  p.phase = ceilDiv(shape.h + shape.pt + shape.pb, sh) * p.width;
  p.plane = scratch(floats(p.phase * sh * sw + SPARE));
  fillFloats(p.plane, border, p.phase * sh * sw + SPARE);
  p.taps = shape.kh * shape.kw;
  p.tap = scratch(floats(p.taps));
  p.length = (shape.oh - 1) * p.width + shape.ow;
  let o = p.tap;
  for (let r = 0; r < shape.kh; r++) for (let s = 0; s < shape.kw; s++, o += 4) {
    const row = r * shape.dh, column = s * shape.dw;
    store<i32>(o, ((row % sh * sw + column % sw) * p.phase + row / sh * p.width + column / sw) << 2);
  }
  return p;
}

/** Copies one image plane into the middle of its phases. */
export function copyIntoPhases(x: usize, shape: ConvShape, p: Planes): void {
  const W = shape.w, sh = shape.sh, sw = shape.sw, left = shape.pl, phase = floats(p.phase);
  for (let h = 0; h < shape.h; h++, x += floats(W)) {
    const at = h + shape.pt, row = p.plane + phase * (at % sh * sw) + floats(at / sh * p.width);
    if (sw == 1) copyFloats(x, row + floats(left), W);
    else if (sw == 2) splitRow(x, W, row + phase * (left & 1) + floats(left >> 1), row + phase * ((left + 1) & 1) + floats((left + 1) >> 1));
    else for (let j = 0; j < W; j++) {
      const column = j + left;
      store<f32>(row + phase * (column % sw) + floats(column / sw), load<f32>(x + floats(j)));
    }
  }
}

function splitRow(x: usize, n: i32, even: usize, odd: usize): void {
  for (; n >= 8; n -= 8, x += 32, even += 16, odd += 16) {
    const a = v128.load(x), b = v128.load(x, 16);
    v128.store(even, v128.shuffle<f32>(a, b, 0, 2, 4, 6));
    v128.store(odd, v128.shuffle<f32>(a, b, 1, 3, 5, 7));
  }
  for (; n > 0; n -= 2, x += 8, even += 4, odd += 4) {
    store<f32>(even, load<f32>(x));
    if (n > 1) store<f32>(odd, load<f32>(x, 4));
  }
}

/** The inverse: extracts a plane without its border. */
export function copyFromPhases(from: usize, shape: ConvShape, p: Planes, out: usize): void {
  const W = shape.w, sh = shape.sh, sw = shape.sw, left = shape.pl, phase = floats(p.phase);
  for (let h = 0; h < shape.h; h++, out += floats(W)) {
    const at = h + shape.pt, row = from + phase * (at % sh * sw) + floats(at / sh * p.width);
    if (sw == 1) copyFloats(row + floats(left), out, W);
    else if (sw == 2) joinRow(row + phase * (left & 1) + floats(left >> 1), row + phase * ((left + 1) & 1) + floats((left + 1) >> 1), out, W);
    else for (let j = 0; j < W; j++) {
      const column = j + left;
      store<f32>(out + floats(j), load<f32>(row + phase * (column % sw) + floats(column / sw)));
    }
  }
}

/** out = even[0], odd[0], even[1], … */
export function joinRow(even: usize, odd: usize, out: usize, n: i32): void {
  for (; n >= 8; n -= 8, even += 16, odd += 16, out += 32) {
    const a = v128.load(even), b = v128.load(odd);
    v128.store(out, v128.shuffle<f32>(a, b, 0, 4, 1, 5));
    v128.store(out, v128.shuffle<f32>(a, b, 2, 6, 3, 7), 16);
  }
  for (; n > 0; n -= 2, even += 4, odd += 4, out += 8) {
    store<f32>(out, load<f32>(even));
    if (n > 1) store<f32>(out, load<f32>(odd), 4);
  }
}

/** Scratch for flat outputs of this many floats. */
export function flatScratch(length: i32): usize { return scratch(floats(length + SPARE)); }

/** Flat rows of `width` to rows of `w`. */
export function dropColumns(flat: usize, width: i32, out: usize, h: i32, w: i32): void {
  for (; h > 0; h--, flat += floats(width), out += floats(w)) copyFloats(flat, out, w);
}
