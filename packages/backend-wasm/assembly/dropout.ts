// Dropout by counter-based random numbers (Philox 4×32-10, Salmon et al. 2011), four blocks at a time: element i uses word i mod 4 of
// block i div 4, on any backend and any number of threads.
import { floats, splat, storeLanes, storeTransposed } from "./simd";
import { tile } from "./scratch";

/** Low halves of four products of 32-bit words. */
// @ts-ignore: decorator
@inline function low(even: v128, odd: v128): v128 { return v128.shuffle<i32>(even, odd, 0, 2, 4, 6); }
// @ts-ignore: decorator
@inline function high(even: v128, odd: v128): v128 { return v128.shuffle<i32>(even, odd, 1, 3, 5, 7); }

/** Blocks `first` to `first` + 3, word after word, to `out`. */
function philox(first: i32, key0: i32, key1: i32, out: usize): void {
  const m0 = i32x4.splat(0xd2511f53), m1 = i32x4.splat(0xcd9e8d57);
  let c0 = i32x4.add(i32x4.splat(first), i32x4(0, 1, 2, 3)), c1 = i32x4.splat(0), c2 = c1, c3 = c1;
  for (let round = 0; round < 10; round++) {
    const p0 = i64x2.extmul_low_i32x4_u(c0, m0), p1 = i64x2.extmul_high_i32x4_u(c0, m0);
    const q0 = i64x2.extmul_low_i32x4_u(c2, m1), q1 = i64x2.extmul_high_i32x4_u(c2, m1);
    c0 = v128.xor(v128.xor(high(q0, q1), c1), i32x4.splat(key0));
    c2 = v128.xor(v128.xor(high(p0, p1), c3), i32x4.splat(key1));
    c1 = low(q0, q1);
    c3 = low(p0, p1);
    key0 += 0x9e3779b9;
    key1 += 0xbb67ae85;
  }
  storeTransposed(c0, c1, c2, c3, out, 16);
}

/** y[i] = 0 where its random word is below the threshold, otherwise x[i] · scale. `from` is a multiple of 16. */
export function dropout(x: usize, y: usize, threshold: i32, scale: f32, key0: i32, key1: i32, from: i32, to: i32): void {
  const words = tile(2048), limit = i32x4.splat(threshold), factor = splat(scale);
  x += floats(from); y += floats(from);
  for (let i = from; i < to; i += 16) {
    philox(i >> 2, key0, key1, words);
    const most = min(16, to - i);
    for (let j = 0; j < most; j += 4, x += 16, y += 16) {
      const v = v128.and(f32x4.mul(v128.load(x), factor), i32x4.ge_u(v128.load(words + floats(j)), limit));
      if (most - j >= 4) v128.store(y, v); else storeLanes(y, v, most - j);
    }
  }
}
