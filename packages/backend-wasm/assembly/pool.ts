// Pooling, plane by plane, along flat rows (conv/planes.ts): each window is a few loads from a padded plane.
// The host sets the padding at the bottom and right to make the last windows fit, regardless of the op's own padding.
import { fillFloats, floats, splat } from "./simd";
import { resetScratch, scratch } from "./scratch";
import { ConvShape } from "./conv/shape";
import { copyFromPhases, copyIntoPhases, dropColumns, flatScratch, layPlanes, Planes } from "./conv/planes";
import { depthwisePlanes, depthwisePlanesGrad } from "./conv/depthwise";

/** f32x4.max keeps NaN at eight times the cost of pmax: only planes that hold one pay it. */
@unmanaged @final class Exact { @inline of(a: v128, b: v128): v128 { return f32x4.max(a, b); } }
@unmanaged @final class Fast { @inline of(a: v128, b: v128): v128 { return f32x4.pmax(a, b); } }

function hasNaN(x: usize, n: i32): bool {
  let found = splat(0);
  const end = x + floats(n);
  for (; x + 16 <= end; x += 16) {
    const v = v128.load(x);
    found = v128.or(found, f32x4.ne(v, v));
  }
  for (; x < end; x += 4) if (load<f32>(x) != load<f32>(x)) return true;
  return v128.any_true(found);
}

// @ts-ignore: decorator
@inline function greatest<F>(planes: Planes, end: usize, flat: usize): void {
  const f = changetype<F>(0), tap = planes.tap, last = flat + floats(planes.length);
  for (let src = planes.plane; flat < last; src += 64, flat += 64) {
    let a = splat(-Infinity), b = a, c = a, d = a;
    for (let t = tap; t < end; t += 4) {
      const p = src + load<i32>(t);
      a = f.of(a, v128.load(p)); b = f.of(b, v128.load(p, 16)); c = f.of(c, v128.load(p, 32)); d = f.of(d, v128.load(p, 48));
    }
    v128.store(flat, a); v128.store(flat, b, 16); v128.store(flat, c, 32); v128.store(flat, d, 48);
  }
}

/** Byte offset of the tap that holds each of four windows' first maximum. */
// @ts-ignore: decorator
@inline function placeOf(src: usize, tap: usize, end: usize): v128 {
  let best = v128.load(src + load<i32>(tap)), place = v128.load32_splat(tap);
  for (let t = tap + 4; t < end; t += 4) {
    const v = v128.load(src + load<i32>(t)), wins = f32x4.gt(v, best);
    best = f32x4.pmax(best, v);
    place = v128.bitselect(v128.load32_splat(t), place, wins);
  }
  return place;
}

/** The same if an element may be NaN, which counts as the maximum. */
function placeOfNaN(src: usize, tap: usize, end: usize): v128 {
  let best = v128.load(src + load<i32>(tap)), place = v128.load32_splat(tap);
  for (let t = tap + 4; t < end; t += 4) {
    const v = v128.load(src + load<i32>(t)), wins = v128.or(f32x4.gt(v, best), v128.andnot(f32x4.ne(v, v), f32x4.ne(best, best)));
    best = v128.bitselect(v, best, wins);
    place = v128.bitselect(v128.load32_splat(t), place, wins);
  }
  return place;
}

// Units of all four are planes.
export function maxPool2d(shape: ConvShape, x: usize, y: usize, from: i32, to: i32): void {
  resetScratch();
  const planes = layPlanes(shape, -Infinity), tap = planes.tap, end = tap + floats(planes.taps), flat = flatScratch(planes.length);
  x += floats(from * shape.h * shape.w); y += floats(from * shape.oh * shape.ow);
  for (let i = from; i < to; i++, x += floats(shape.h * shape.w), y += floats(shape.oh * shape.ow)) {
    copyIntoPhases(x, shape, planes);
    if (hasNaN(x, shape.h * shape.w)) greatest<Exact>(planes, end, flat); else greatest<Fast>(planes, end, flat);
    dropColumns(flat, planes.width, y, shape.oh, shape.ow);
  }
}

/** To each window's first maximum, in row-major order; the first NaN counts as the maximum. */
export function maxPool2dGrad(shape: ConvShape, g: usize, x: usize, dx: usize, from: i32, to: i32): void {
  resetScratch();
  const planes = layPlanes(shape, -Infinity), tap = planes.tap, end = tap + floats(planes.taps), size = planes.phase * shape.sh * shape.sw;
  const grad = scratch(floats(size)); // laid out as the plane
  x += floats(from * shape.h * shape.w); dx += floats(from * shape.h * shape.w); g += floats(from * shape.oh * shape.ow);
  for (let i = from; i < to; i++, x += floats(shape.h * shape.w), dx += floats(shape.h * shape.w)) {
    copyIntoPhases(x, shape, planes);
    memory.fill(grad, 0, floats(size));
    const exact = hasNaN(x, shape.h * shape.w);
    for (let r = 0; r < shape.oh; r++) for (let j = 0; j < shape.ow; j += 4) {
      const at = floats(r * planes.width + j), src = planes.plane + at, out = grad + at;
      const place = exact ? placeOfNaN(src, tap, end) : placeOf(src, tap, end);
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

export function avgPool2d(shape: ConvShape, x: usize, y: usize, bottom: i32, right: i32, includePad: bool, from: i32, to: i32): void {
  resetScratch();
  depthwisePlanes(shape, x, ones(shape.kh * shape.kw), 0, 0, counts(shape, bottom, right, includePad), y, from, to);
}

export function avgPool2dGrad(shape: ConvShape, g: usize, dx: usize, bottom: i32, right: i32, includePad: bool, from: i32, to: i32): void {
  resetScratch();
  depthwisePlanesGrad(shape, g, ones(shape.kh * shape.kw), 0, counts(shape, bottom, right, includePad), dx, from, to);
}
