// The peak of the machine: multiply-adds on registers alone, 80 operations an iteration. Ten chains hide the latency of a fused
// multiply-add; without relaxed SIMD a product and a sum follow each other, and kernels can be faster than this.
import { fma, splat } from "./simd";

export function peak(n: i32): f32 {
  const b = splat(0.9999), a = splat(1.0001);
  let c0 = splat(0), c1 = splat(1), c2 = splat(2), c3 = splat(3), c4 = splat(4);
  let c5 = splat(5), c6 = splat(6), c7 = splat(7), c8 = splat(8), c9 = splat(9);
  for (let i = 0; i < n; i++) {
    c0 = fma(c0, b, a); c1 = fma(c1, b, a); c2 = fma(c2, b, a); c3 = fma(c3, b, a); c4 = fma(c4, b, a);
    c5 = fma(c5, b, a); c6 = fma(c6, b, a); c7 = fma(c7, b, a); c8 = fma(c8, b, a); c9 = fma(c9, b, a);
  }
  const s = f32x4.add(f32x4.add(f32x4.add(c0, c1), f32x4.add(c2, c3)), f32x4.add(f32x4.add(c4, c5), f32x4.add(f32x4.add(c6, c7), f32x4.add(c8, c9))));
  return f32x4.extract_lane(s, 0);
}
