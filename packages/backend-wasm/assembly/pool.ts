// Pooling, plane by plane, along flat rows (conv/planes.ts): each window is a few loads from a padded plane.
// The host gives padding at bottom and right that makes the last windows fit, whatever the op's own padding is.
import { fillFloats, floats, splat } from "./simd";
import { resetScratch, scratch } from "./scratch";
import { ConvShape } from "./conv/shape";
import { copyFromPhases, copyIntoPhases, dropColumns, flatScratch, layPlanes } from "./conv/planes";
import { depthwisePlanes, depthwisePlanesGrad } from "./conv/depthwise";

export function maxPool2d(shape: ConvShape, x: usize, y: usize): void {
  resetScratch();
  const planes = layPlanes(shape, -Infinity), tap = planes.tap, end = tap + floats(planes.taps), flat = flatScratch(planes.length);
  for (let i = shape.n * shape.c; i > 0; i--, x += floats(shape.h * shape.w), y += floats(shape.oh * shape.ow)) {
    copyIntoPhases(x, shape, planes);
    for (let j = 0; j < planes.length; j += 8) {
      const src = planes.plane + floats(j);
      let a = splat(-Infinity), b = a;
      for (let t = tap; t < end; t += 4) {
        const p = src + load<i32>(t);
        a = f32x4.max(a, v128.load(p)); b = f32x4.max(b, v128.load(p, 16));
      }
      v128.store(flat + floats(j), a); v128.store(flat + floats(j), b, 16);
    }
    dropColumns(flat, planes.width, y, shape.oh, shape.ow);
  }
}

/** To each window's first greatest element, in row-major order; the first NaN is the greatest. */
export function maxPool2dGrad(shape: ConvShape, g: usize, x: usize, dx: usize): void {
  resetScratch();
  const planes = layPlanes(shape, -Infinity), tap = planes.tap, end = tap + floats(planes.taps), size = planes.phase * shape.sh * shape.sw;
  const grad = scratch(floats(size)); // laid out as the plane
  for (let i = shape.n * shape.c; i > 0; i--, x += floats(shape.h * shape.w), dx += floats(shape.h * shape.w)) {
    copyIntoPhases(x, shape, planes);
    memory.fill(grad, 0, floats(size));
    for (let r = 0; r < shape.oh; r++) for (let j = 0; j < shape.ow; j += 4) {
      const at = floats(r * planes.width + j), src = planes.plane + at, out = grad + at;
      let best = v128.load(src + load<i32>(tap)), place = v128.load32_splat(tap);
      for (let t = tap + 4; t < end; t += 4) {
        const v = v128.load(src + load<i32>(t)), wins = v128.or(f32x4.gt(v, best), v128.andnot(f32x4.ne(v, v), f32x4.ne(best, best)));
        best = v128.bitselect(v, best, wins);
        place = v128.bitselect(v128.load32_splat(t), place, wins);
      }
      const n = min(4, shape.ow - j);
      add(out + i32x4.extract_lane(place, 0), g);
      if (n > 1) add(out + 4 + i32x4.extract_lane(place, 1), g + 4);
      if (n > 2) add(out + 8 + i32x4.extract_lane(place, 2), g + 8);
      if (n > 3) add(out + 12 + i32x4.extract_lane(place, 3), g + 12);
      g += floats(n);
    }
    copyFromPhases(grad, shape, planes, dx);
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
