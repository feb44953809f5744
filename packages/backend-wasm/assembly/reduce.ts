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

export function sumTrailing(x: usize, y: usize, rows: i32, n: i32, scale: f64): void {
  for (const row = floats(n); rows > 0; rows--, x += row, y += 4) store<f32>(y, <f32>(sumOf(x, n) * scale));
}

/** Columns of one block: their sums stay in L1. */
const COLUMNS: i32 = 1024;

export function sumLeading(x: usize, y: usize, outer: i32, R: i32, inner: i32, scale: f64): void {
  resetScratch();
  const sums = scratch(<usize>COLUMNS << 3);
  for (let o = 0; o < outer; o++, x += floats(R * inner), y += floats(inner)) for (let j = 0; j < inner; j += COLUMNS) {
    const n = min(COLUMNS, inner - j);
    memory.fill(sums, 0, <usize>COLUMNS << 3);
    for (let r = 0; r < R; r++) {
      let p = x + floats(r * inner + j), s = sums;
      for (const end = sums + (<usize>n << 3); s < end; p += 16, s += 32) { // beyond the last column: never stored
        const v = v128.load(p);
        v128.store(s, f64x2.add(v128.load(s), f64x2.promote_low_f32x4(v)));
        v128.store(s, f64x2.add(v128.load(s, 16), f64x2.promote_low_f32x4(v128.shuffle<f32>(v, v, 2, 3, 2, 3))), 16);
      }
    }
    for (let i = 0; i < n; i++) store<f32>(y + floats(j + i), <f32>(load<f64>(sums + (<usize>i << 3)) * scale));
  }
}

export function sumChannels(x: usize, y: usize, N: i32, C: i32, P: i32, scale: f64): void {
  resetScratch();
  const sums = scratch(<usize>C << 3);
  memory.fill(sums, 0, <usize>C << 3);
  for (let n = 0; n < N; n++) for (let c = 0; c < C; c++, x += floats(P)) {
    const s = sums + (<usize>c << 3);
    store<f64>(s, load<f64>(s) + sumOf(x, P));
  }
  for (let c = 0; c < C; c++) store<f32>(y + floats(c), <f32>(load<f64>(sums + (<usize>c << 3)) * scale));
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
@inline function extremeLeading<F>(x: usize, y: usize, outer: i32, R: i32, inner: i32): void {
  const f = changetype<F>(0), row = floats(inner);
  for (let o = 0; o < outer; o++, x += floats((R - 1) * inner)) for (let j = 0; j < inner; j += 4) {
    let v = v128.load(x), p = x + row;
    for (let r = 1; r < R; r++, p += row) v = f.of(v, v128.load(p));
    const n = min(4, inner - j);
    if (n == 4) v128.store(y, v); else storeLanes(y, v, n);
    x += floats(n); y += floats(n);
  }
}

export function maxOf(p: usize, n: i32): f32 { return extremeOf<Max>(p, n); }
export function maxTrailing(x: usize, y: usize, rows: i32, n: i32): void { for (; rows > 0; rows--, x += floats(n), y += 4) store<f32>(y, extremeOf<Max>(x, n)); }
export function minTrailing(x: usize, y: usize, rows: i32, n: i32): void { for (; rows > 0; rows--, x += floats(n), y += 4) store<f32>(y, extremeOf<Min>(x, n)); }
export function maxLeading(x: usize, y: usize, outer: i32, R: i32, inner: i32): void { extremeLeading<Max>(x, y, outer, R, inner); }
export function minLeading(x: usize, y: usize, outer: i32, R: i32, inner: i32): void { extremeLeading<Min>(x, y, outer, R, inner); }
