// Pooling, plane by plane, in the column and tap tables of conv/: each window is a few loads from a padded plane.
// The host gives padding at bottom and right that makes the last windows fit, whatever the op's own padding is.
import { fillFloats, floats, gather4, loadEven, splat, storeLanes } from "./simd";
import { resetScratch, scratch } from "./scratch";
import { ConvShape } from "./conv/shape";
import { columnTable, CONTIGUOUS, copyPadded, EVEN, kindsOf, tapTable } from "./conv/tables";
import { depthwisePlanes, depthwisePlanesGrad } from "./conv/depthwise";

// @ts-ignore: decorator
@inline function load4(src: usize, cg: usize, kind: u8): v128 {
  return kind == CONTIGUOUS ? v128.load(src + load<i32>(cg)) : kind == EVEN ? loadEven(src + load<i32>(cg)) : gather4(src, cg);
}

export function maxPool2d(shape: ConvShape, x: usize, y: usize): void {
  resetScratch();
  const H = shape.h, W = shape.w, P = shape.oh * shape.ow, Hp = H + shape.pt + shape.pb, Wp = W + shape.pl + shape.pr, taps = shape.kh * shape.kw;
  const tap = tapTable(1, shape.kh, shape.kw, Hp, Wp, 1, 1), end = tap + floats(taps);
  const columns = columnTable(1, 0, shape.oh, shape.ow, shape.sh * Wp, shape.sw), kinds = kindsOf(columns, P);
  const plane = scratch(floats(Hp * Wp));
  fillFloats(plane, -Infinity, Hp * Wp);
  for (let i = shape.n * shape.c; i > 0; i--, x += floats(H * W)) {
    copyPadded(x, 1, H, W, plane, Hp, Wp, shape.pt, shape.pl);
    let col = columns, kind = kinds;
    for (let j = 0; j < P; j += 4, col += 16, kind++) {
      let v = splat(-Infinity);
      const how = load<u8>(kind), base = plane + load<i32>(col);
      if (how == CONTIGUOUS) for (let t = tap; t < end; t += 4) v = f32x4.max(v, v128.load(base + load<i32>(t)));
      else if (how == EVEN) for (let t = tap; t < end; t += 4) v = f32x4.max(v, loadEven(base + load<i32>(t)));
      else for (let t = tap; t < end; t += 4) v = f32x4.max(v, gather4(plane + load<i32>(t), col));
      const n = min(4, P - j);
      if (n == 4) v128.store(y, v); else storeLanes(y, v, n);
      y += floats(n);
    }
  }
}

/** To each window's first greatest element, in row-major order; the first NaN is the greatest. */
export function maxPool2dGrad(shape: ConvShape, g: usize, x: usize, dx: usize): void {
  resetScratch();
  const H = shape.h, W = shape.w, P = shape.oh * shape.ow, Hp = H + shape.pt + shape.pb, Wp = W + shape.pl + shape.pr, taps = shape.kh * shape.kw;
  const tap = tapTable(1, shape.kh, shape.kw, Hp, Wp, 1, 1), end = tap + floats(taps);
  const columns = columnTable(1, 0, shape.oh, shape.ow, shape.sh * Wp, shape.sw), kinds = kindsOf(columns, P);
  const plane = scratch(floats(Hp * Wp)), grad = scratch(floats(Hp * Wp)), inside = floats(shape.pt * Wp + shape.pl);
  fillFloats(plane, -Infinity, Hp * Wp);
  for (let i = shape.n * shape.c; i > 0; i--, x += floats(H * W), dx += floats(H * W)) {
    copyPadded(x, 1, H, W, plane, Hp, Wp, shape.pt, shape.pl);
    memory.fill(grad, 0, floats(Hp * Wp));
    let col = columns, kind = kinds;
    for (let j = 0; j < P; j += 4, col += 16, kind++) {
      const how = load<u8>(kind);
      let best = load4(plane + load<i32>(tap), col, how), at = v128.load32_splat(tap);
      for (let t = tap + 4; t < end; t += 4) {
        const v = load4(plane + load<i32>(t), col, how);
        const wins = v128.or(f32x4.gt(v, best), v128.andnot(f32x4.ne(v, v), f32x4.ne(best, best)));
        best = v128.bitselect(v, best, wins);
        at = v128.bitselect(v128.load32_splat(t), at, wins);
      }
      const n = min(4, P - j);
      add(grad + load<i32>(col) + i32x4.extract_lane(at, 0), g);
      if (n > 1) add(grad + load<i32>(col, 4) + i32x4.extract_lane(at, 1), g + 4);
      if (n > 2) add(grad + load<i32>(col, 8) + i32x4.extract_lane(at, 2), g + 8);
      if (n > 3) add(grad + load<i32>(col, 12) + i32x4.extract_lane(at, 3), g + 12);
      g += floats(n);
    }
    for (let r = 0; r < H; r++) memory.copy(dx + floats(r * W), grad + inside + floats(r * Wp), floats(W));
  }
}

// @ts-ignore: decorator
@inline function add(p: usize, v: usize): void { store<f32>(p, load<f32>(p) + load<f32>(v)); }

/** How many elements of each window count: those inside the image, or inside the image and `bottom`, `right`, top and left padding. */
function counts(shape: ConvShape, bottom: i32, right: i32, includePad: bool): usize {
  const out = scratch(floats(shape.oh * shape.ow));
  let p = out;
  for (let i = 0; i < shape.oh; i++) for (let j = 0; j < shape.ow; j++, p += 4) {
    const top = i * shape.sh - shape.pt, left = j * shape.sw - shape.pl;
    const rows = min(top + shape.kh, shape.h + (includePad ? bottom : 0)) - (includePad ? top : max(top, 0));
    const columns = min(left + shape.kw, shape.w + (includePad ? right : 0)) - (includePad ? left : max(left, 0));
    store<f32>(p, <f32>max(rows, 0) * <f32>max(columns, 0));
  }
  return out;
}

function ones(n: i32): usize {
  const p = scratch(floats(n));
  fillFloats(p, 1, n);
  return p;
}

export function avgPool2d(shape: ConvShape, x: usize, y: usize, bottom: i32, right: i32, includePad: bool): void {
  resetScratch();
  depthwisePlanes(shape, x, ones(shape.kh * shape.kw), 0, 0, counts(shape, bottom, right, includePad), y);
}

export function avgPool2dGrad(shape: ConvShape, g: usize, dx: usize, bottom: i32, right: i32, includePad: bool): void {
  resetScratch();
  depthwisePlanesGrad(shape, g, ones(shape.kh * shape.kw), 0, counts(shape, bottom, right, includePad), dx);
}
