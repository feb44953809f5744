// Elementary functions of four floats. Errors are the largest seen against float64 over the whole range, in units of the
// last place of a float32 (src/kernels/math.test.ts holds them).
//
// f32x4.pmin(x, c) and pmax(x, c) are one instruction where min and max are five or more; with x first they keep NaN.
import { fma, fnma, splat } from "./simd";

/** Adding 1.5 · 2²³ rounds to an integer, which is then in the low bits. */
const MAGIC: f32 = 12582912;
const MAGIC_BITS: i32 = 0x4b400000;

/** eˣ; overflows to ∞ and underflows through subnormals to 0. Within 2 ulp (Cephes expf). */
// @ts-ignore: decorator
@inline export function exp4(x: v128): v128 {
  const v = f32x4.pmax(f32x4.pmin(x, splat(89)), splat(-104));
  const t = fma(v, splat(1.44269504), splat(MAGIC)), n = f32x4.sub(t, splat(MAGIC));
  let r = fnma(n, splat(0.693359375), v);
  r = fma(n, splat(2.12194440e-4), r);
  let p = fma(r, splat(1.9875691500e-4), splat(1.3981999507e-3));
  p = fma(p, r, splat(8.3334519073e-3));
  p = fma(p, r, splat(4.1665795894e-2));
  p = fma(p, r, splat(1.6666665459e-1));
  p = fma(p, r, splat(0.5));
  p = fma(p, f32x4.mul(r, r), f32x4.add(r, splat(1)));
  // 2ⁿ in two factors, so results beyond the normal range round once.
  const i = i32x4.sub(t, i32x4.splat(MAGIC_BITS)), h = i32x4.shr_s(i, 1);
  const s = i32x4.shl(i32x4.add(h, i32x4.splat(127)), 23), q = i32x4.shl(i32x4.add(i32x4.sub(i, h), i32x4.splat(127)), 23);
  return f32x4.mul(f32x4.mul(p, s), q);
}

/** The natural logarithm; −∞ at 0, NaN below. Within 2 ulp (Cephes logf). */
// @ts-ignore: decorator
@inline export function log4(x: v128): v128 {
  const tiny = f32x4.lt(x, splat(1.17549435e-38)); // subnormals: scaled by 2²³
  const v = v128.bitselect(f32x4.mul(x, splat(8388608)), x, tiny);
  const bits = i32x4.sub(v, i32x4.splat(0x3f3504f3)); // √½, so the mantissa is in [√½, √2)
  const e = f32x4.sub(f32x4.convert_i32x4_s(i32x4.shr_s(bits, 23)), v128.and(tiny, splat(23)));
  const f = f32x4.sub(i32x4.add(v128.and(bits, i32x4.splat(0x7fffff)), i32x4.splat(0x3f3504f3)), splat(1));
  let p = fma(f, splat(7.0376836292e-2), splat(-1.1514610310e-1));
  p = fma(p, f, splat(1.1676998740e-1));
  p = fma(p, f, splat(-1.2420140846e-1));
  p = fma(p, f, splat(1.4249322787e-1));
  p = fma(p, f, splat(-1.6668057665e-1));
  p = fma(p, f, splat(2.0000714765e-1));
  p = fma(p, f, splat(-2.4999993993e-1));
  p = fma(p, f, splat(3.3333331174e-1));
  const z = f32x4.mul(f, f);
  p = fma(f32x4.mul(p, f), z, f32x4.mul(e, splat(-2.12194440e-4)));
  p = fnma(z, splat(0.5), p);
  let y = fma(e, splat(0.693359375), f32x4.add(f, p));
  y = v128.bitselect(x, y, f32x4.eq(x, splat(Infinity)));
  y = v128.bitselect(splat(-Infinity), y, f32x4.eq(x, splat(0)));
  return v128.bitselect(y, splat(NaN), f32x4.ge(x, splat(0)));
}

/** log(1 + x) for x ≥ 0: the error of rounding 1 + x is divided out (Kahan). */
// @ts-ignore: decorator
@inline export function log1p4(x: v128): v128 {
  const u = f32x4.add(x, splat(1)), d = f32x4.sub(u, splat(1));
  return v128.bitselect(x, f32x4.mul(log4(u), f32x4.div(x, d)), f32x4.eq(d, splat(0)));
}

/** eˣ − 1 for x ≤ 0, without cancellation near 0 (Kahan). */
// @ts-ignore: decorator
@inline export function expm14(x: v128): v128 {
  const u = exp4(x), d = f32x4.sub(u, splat(1));
  const near = v128.bitselect(x, f32x4.mul(d, f32x4.div(x, log4(u))), f32x4.eq(d, splat(0)));
  return v128.bitselect(near, d, f32x4.gt(x, splat(-1)));
}

/** 1 / (1 + e⁻ˣ), exact in relation to its size on both sides. Within 3 ulp. */
// @ts-ignore: decorator
@inline export function sigmoid4(x: v128): v128 {
  const e = exp4(f32x4.neg(f32x4.abs(x))), s = f32x4.div(splat(1), f32x4.add(splat(1), e));
  return v128.bitselect(f32x4.mul(e, s), s, f32x4.lt(x, splat(0)));
}

const SIGN: i32 = 0x80000000;

/** Within 2 ulp (Cephes tanhf). */
// @ts-ignore: decorator
@inline export function tanh4(x: v128): v128 {
  const a = f32x4.abs(x), z = f32x4.mul(x, x);
  let p = fma(z, splat(-5.70498872745e-3), splat(2.06390887954e-2));
  p = fma(p, z, splat(-5.37397155531e-2));
  p = fma(p, z, splat(1.33314422036e-1));
  p = fma(p, z, splat(-3.33332819422e-1));
  const small = fma(f32x4.mul(p, z), x, x);
  const e = exp4(f32x4.add(a, a)), large = f32x4.sub(splat(1), f32x4.div(splat(2), f32x4.add(e, splat(1))));
  return v128.or(v128.bitselect(small, large, f32x4.lt(a, splat(0.625))), v128.and(x, i32x4.splat(SIGN)));
}

/** erfc(a) for a > 0.92 (coefficients of N. Juffa's erff). */
// @ts-ignore: decorator
@inline function erfcTail(a: v128): v128 {
  const s = f32x4.mul(a, a), u = fma(a, splat(-3.88396438e-3), splat(2.42546219e-2));
  let r = fma(a, splat(-1.72853470e-5), splat(3.83197126e-4));
  r = fma(r, s, u);
  r = fma(r, a, splat(-1.06777877e-1));
  r = fma(r, a, splat(-6.34846687e-1));
  r = fma(r, a, splat(-1.28717512e-1));
  return exp4(fnma(splat(1), a, f32x4.mul(r, a)));
}

/** erf(x) for |x| ≤ 0.92. */
// @ts-ignore: decorator
@inline function erfNear(x: v128): v128 {
  const s = f32x4.mul(x, x);
  let r = fma(s, splat(-5.96761703e-4), splat(4.99119423e-3));
  r = fma(r, s, splat(-2.67681349e-2));
  r = fma(r, s, splat(1.12819925e-1));
  r = fma(r, s, splat(-3.76125336e-1));
  r = fma(r, s, splat(1.28379166e-1));
  return fma(r, x, x);
}

/** The error function. Within 2 ulp. */
// @ts-ignore: decorator
@inline export function erf4(x: v128): v128 {
  const a = f32x4.abs(x), far = f32x4.sub(splat(1), erfcTail(f32x4.pmin(a, splat(4))));
  return v128.bitselect(v128.or(far, v128.and(x, i32x4.splat(SIGN))), erfNear(x), f32x4.gt(a, splat(0.921875)));
}

/** The normal distribution function: ½ (1 + erf(x / √2)), without cancellation for negative x. */
// @ts-ignore: decorator
@inline export function normalCdf4(x: v128): v128 {
  const u = f32x4.mul(x, splat(0.70710678)), a = f32x4.abs(u), tail = f32x4.mul(splat(0.5), erfcTail(a));
  const far = v128.bitselect(tail, f32x4.sub(splat(1), tail), f32x4.lt(x, splat(0)));
  return v128.bitselect(far, fma(splat(0.5), erfNear(u), splat(0.5)), f32x4.gt(a, splat(0.921875)));
}

/** e^(−x²/2) / √(2π) */
// @ts-ignore: decorator
@inline export function normalPdf4(x: v128): v128 {
  return f32x4.mul(exp4(f32x4.mul(f32x4.mul(x, x), splat(-0.5))), splat(0.39894228));
}
