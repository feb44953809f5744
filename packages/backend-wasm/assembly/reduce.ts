// Reductions of [outer, R, inner]: over R where inner > 1 (leading axes), over trailing axes where inner is 1; and of [N, C, P] over
// N and P. Sums are of blocks of float32 lanes added up in float64; the order never depends on anything but the shape.
import { floats, splat, storeLanes, sumLanes64 } from "./simd";
import { resetScratch, scratch } from "./scratch";

/** Σ of n floats: blocks of 1024 in sixteen float32 lanes, blocks in float64. */
export function sumOf(p: usize, n: i32): f64 {
  let total: f64 = 0;
  for (; n >= 16; ) {
    const block = min(n & ~15, 1024), end = p + floats(block);
    let a = splat(0), b = a, c = a, d = a;
    for (; p < end; p += 64) {
      a = f32x4.add(a, v128.load(p)); b = f32x4.add(b, v128.load(p, 16));
      c = f32x4.add(c, v128.load(p, 32)); d = f32x4.add(d, v128.load(p, 48));
    }
    total += sumLanes64(f32x4.add(f32x4.add(a, b), f32x4.add(c, d)));
    n -= block;
  }
  for (const end = p + floats(n); p < end; p += 4) total += load<f32>(p);
  return total;
}

/** Units are rows. */
export function sumTrailing(x: usize, y: usize, n: i32, scale: f64, from: i32, to: i32): void {
  for (let i = from; i < to; i++) store<f32>(y + floats(i), <f32>(sumOf(x + floats(i * n), n) * scale));
}

/** Sums of parts of a long row, `size` floats each, to out[parts]. Units are parts. */
export function sumParts(x: usize, n: i32, size: i32, out: usize, from: i32, to: i32): void {
  for (let i = from; i < to; i++) store<f64>(out + (<usize>i << 3), sumOf(x + floats(i * size), min(size, n - i * size)));
}

/** y = scale · Σ of this many doubles, in order. */
export function addParts(parts: usize, count: i32, y: usize, scale: f64): void {
  let total: f64 = 0;
  for (let i = 0; i < count; i++) total += load<f64>(parts + (<usize>i << 3));
  store<f32>(y, <f32>(total * scale));
}

/** Columns of one block: their sums stay in L1. */
const COLUMNS: i32 = 1024;

/** Columns of one unit: whole cache lines. */
const UNIT: i32 = 64;

/** Units are 64 columns of one of the outer matrices. */
export function sumLeading(x: usize, y: usize, R: i32, inner: i32, scale: f64, from: i32, to: i32): void {
  resetScratch();
  const sums = scratch(<usize>COLUMNS << 3), units = (inner + UNIT - 1) / UNIT;
  for (let unit = from; unit < to; ) {
    const o = unit / units, j = unit % units * UNIT, n = min(min(COLUMNS, (to - unit) * UNIT), inner - j);
    unit += (n + UNIT - 1) / UNIT;
    memory.fill(sums, 0, <usize>COLUMNS << 3);
    for (let r = 0; r < R; r++) {
      let p = x + floats((o * R + r) * inner + j), s = sums;
      for (const end = sums + (<usize>n << 3); s < end; p += 16, s += 32) { // beyond the last column: never stored
        const v = v128.load(p);
        v128.store(s, f64x2.add(v128.load(s), f64x2.promote_low_f32x4(v)));
        v128.store(s, f64x2.add(v128.load(s, 16), f64x2.promote_low_f32x4(v128.shuffle<f32>(v, v, 2, 3, 2, 3))), 16);
      }
    }
    for (let i = 0; i < n; i++) store<f32>(y + floats(o * inner + j + i), <f32>(load<f64>(sums + (<usize>i << 3)) * scale));
  }
}

/** Units are channels. */
export function sumChannels(x: usize, y: usize, N: i32, C: i32, P: i32, scale: f64, from: i32, to: i32): void {
  resetScratch();
  const sums = scratch(<usize>C << 3);
  memory.fill(sums, 0, <usize>C << 3);
  for (let n = 0; n < N; n++) for (let c = from; c < to; c++) {
    const s = sums + (<usize>c << 3);
    store<f64>(s, load<f64>(s) + sumOf(x + floats((n * C + c) * P), P));
  }
  for (let c = from; c < to; c++) store<f32>(y + floats(c), <f32>(load<f64>(sums + (<usize>c << 3)) * scale));
}

@unmanaged @final class Max { @inline of(a: v128, b: v128): v128 { return f32x4.max(a, b); } @inline start(): v128 { return splat(-Infinity); } }
@unmanaged @final class Min { @inline of(a: v128, b: v128): v128 { return f32x4.min(a, b); } @inline start(): v128 { return splat(Infinity); } }

/** The extreme of n floats; NaN wins. */
// @ts-ignore: decorator
@inline function extremeOf<F>(p: usize, n: i32): f32 {
  const f = changetype<F>(0);
  let v = f.start();
  for (const end = p + floats(n & ~3); p < end; p += 16) v = f.of(v, v128.load(p));
  v = f.of(v, v128.shuffle<f32>(v, v, 2, 3, 0, 1));
  v = f.of(v, v128.shuffle<f32>(v, v, 1, 0, 3, 2));
  for (const end = p + floats(n & 3); p < end; p += 4) v = f.of(v, v128.load32_splat(p));
  return f32x4.extract_lane(v, 0);
}

// @ts-ignore: decorator
@inline function extremeLeading<F>(x: usize, y: usize, R: i32, inner: i32, from: i32, to: i32): void {
  const f = changetype<F>(0), row = floats(inner), units = (inner + UNIT - 1) / UNIT;
  for (let unit = from; unit < to; unit++) {
    const o = unit / units, first = unit % units * UNIT, last = min(inner, first + UNIT);
    for (let j = first; j < last; j += 4) {
      let p = x + floats(o * R * inner + j), v = v128.load(p);
      for (let r = 1; r < R; r++) { p += row; v = f.of(v, v128.load(p)); }
      const at = y + floats(o * inner + j);
      if (j + 4 <= last) v128.store(at, v); else storeLanes(at, v, last - j);
    }
  }
}

// @ts-ignore: decorator
@inline function extremeTrailing<F>(x: usize, y: usize, n: i32, from: i32, to: i32): void {
  for (let i = from; i < to; i++) store<f32>(y + floats(i), extremeOf<F>(x + floats(i * n), n));
}

// @ts-ignore: decorator
@inline function extremeChannels<F>(x: usize, y: usize, N: i32, C: i32, P: i32, from: i32, to: i32): void {
  const f = changetype<F>(0);
  for (let c = from; c < to; c++) {
    let v = f.start();
    for (let n = 0; n < N; n++) v = f.of(v, splat(extremeOf<F>(x + floats((n * C + c) * P), P)));
    store<f32>(y + floats(c), f32x4.extract_lane(v, 0));
  }
}

export function maxOf(p: usize, n: i32): f32 { return extremeOf<Max>(p, n); }
// Units: rows, blocks of 64 columns, channels.
export function maxTrailing(x: usize, y: usize, n: i32, from: i32, to: i32): void { extremeTrailing<Max>(x, y, n, from, to); }
export function minTrailing(x: usize, y: usize, n: i32, from: i32, to: i32): void { extremeTrailing<Min>(x, y, n, from, to); }
export function maxLeading(x: usize, y: usize, R: i32, inner: i32, from: i32, to: i32): void { extremeLeading<Max>(x, y, R, inner, from, to); }
export function minLeading(x: usize, y: usize, R: i32, inner: i32, from: i32, to: i32): void { extremeLeading<Min>(x, y, R, inner, from, to); }
export function maxChannels(x: usize, y: usize, N: i32, C: i32, P: i32, from: i32, to: i32): void { extremeChannels<Max>(x, y, N, C, P, from, to); }
export function minChannels(x: usize, y: usize, N: i32, C: i32, P: i32, from: i32, to: i32): void { extremeChannels<Min>(x, y, N, C, P, from, to); }
