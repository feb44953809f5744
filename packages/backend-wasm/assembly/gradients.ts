// Gradients of activations: g times the derivative, which is a function of the output (relu, sigmoid, tanh, hardSigmoid) or
// the input (the others). g, v and y have one shape.
import { fma, fnma, floats, splat, storeLanes } from "./simd";
import { exp4, normalCdf4, normalPdf4, sigmoid4 } from "./math";

// @ts-ignore: decorator
@inline function each<F>(g: usize, v: usize, y: usize, p: f32, q: f32, from: i32, to: i32): void {
  g += floats(from); v += floats(from); y += floats(from);
  const f = changetype<F>(0), pv = splat(p), qv = splat(q), n = to - from, end = g + floats(n & ~3);
  for (; g < end; g += 16, v += 16, y += 16) v128.store(y, f.at(v128.load(g), v128.load(v), pv, qv));
  if (n & 3) storeLanes(y, f.at(v128.load(g), v128.load(v), pv, qv), n & 3);
}

// @ts-ignore: decorator
@inline function silu(g: v128, x: v128): v128 {
  // σ(x) and σ(−x) rather than 1 − σ(x), which cancels.
  const e = exp4(f32x4.neg(f32x4.abs(x))), large = f32x4.div(splat(1), f32x4.add(splat(1), e)), small = f32x4.mul(e, large);
  const negative = f32x4.lt(x, splat(0)), s = v128.bitselect(small, large, negative), rest = v128.bitselect(large, small, negative);
  return f32x4.mul(g, f32x4.mul(s, fma(x, rest, splat(1))));
}

// @ts-ignore: decorator
@inline function hardSwish(g: v128, x: v128): v128 {
  const inside = f32x4.mul(g, f32x4.add(f32x4.mul(x, splat(1.0 / 3)), splat(0.5)));
  const above = v128.bitselect(g, inside, f32x4.ge(x, splat(3)));
  return v128.andnot(above, f32x4.le(x, splat(-3)));
}

@unmanaged @final class Relu { @inline at(g: v128, v: v128, p: v128, q: v128): v128 { return v128.and(g, f32x4.gt(v, splat(0))); } }
@unmanaged @final class Sigmoid { @inline at(g: v128, v: v128, p: v128, q: v128): v128 { return f32x4.mul(g, f32x4.mul(v, f32x4.sub(splat(1), v))); } }
@unmanaged @final class Tanh { @inline at(g: v128, v: v128, p: v128, q: v128): v128 { return f32x4.mul(g, fnma(v, v, splat(1))); } }
@unmanaged @final class HardSigmoid { @inline at(g: v128, v: v128, p: v128, q: v128): v128 { return v128.and(f32x4.mul(g, p), v128.and(f32x4.gt(v, splat(0)), f32x4.lt(v, splat(1)))); } }
@unmanaged @final class Silu { @inline at(g: v128, v: v128, p: v128, q: v128): v128 { return silu(g, v); } }
@unmanaged @final class Gelu { @inline at(g: v128, v: v128, p: v128, q: v128): v128 { return f32x4.mul(g, fma(v, normalPdf4(v), normalCdf4(v))); } }
@unmanaged @final class Erf { @inline at(g: v128, v: v128, p: v128, q: v128): v128 { return f32x4.mul(g, f32x4.mul(splat(1.12837917), exp4(f32x4.neg(f32x4.mul(v, v))))); } }
@unmanaged @final class Softplus { @inline at(g: v128, v: v128, p: v128, q: v128): v128 { return f32x4.mul(g, sigmoid4(v)); } }
@unmanaged @final class HardSwish { @inline at(g: v128, v: v128, p: v128, q: v128): v128 { return hardSwish(g, v); } }
@unmanaged @final class Clip { @inline at(g: v128, v: v128, p: v128, q: v128): v128 { return v128.and(g, v128.and(f32x4.ge(v, p), f32x4.le(v, q))); } }
@unmanaged @final class LeakyRelu { @inline at(g: v128, v: v128, p: v128, q: v128): v128 { return v128.bitselect(f32x4.mul(g, p), g, f32x4.lt(v, splat(0))); } }
@unmanaged @final class Elu { @inline at(g: v128, v: v128, p: v128, q: v128): v128 { return v128.bitselect(f32x4.mul(g, f32x4.mul(p, exp4(v))), g, f32x4.lt(v, splat(0))); } }

export function gradRelu(g: usize, v: usize, y: usize, p: f32, q: f32, from: i32, to: i32): void { each<Relu>(g, v, y, p, q, from, to); }
export function gradSigmoid(g: usize, v: usize, y: usize, p: f32, q: f32, from: i32, to: i32): void { each<Sigmoid>(g, v, y, p, q, from, to); }
export function gradTanh(g: usize, v: usize, y: usize, p: f32, q: f32, from: i32, to: i32): void { each<Tanh>(g, v, y, p, q, from, to); }
export function gradHardSigmoid(g: usize, v: usize, y: usize, p: f32, q: f32, from: i32, to: i32): void { each<HardSigmoid>(g, v, y, p, q, from, to); }
export function gradSilu(g: usize, v: usize, y: usize, p: f32, q: f32, from: i32, to: i32): void { each<Silu>(g, v, y, p, q, from, to); }
export function gradGelu(g: usize, v: usize, y: usize, p: f32, q: f32, from: i32, to: i32): void { each<Gelu>(g, v, y, p, q, from, to); }
export function gradErf(g: usize, v: usize, y: usize, p: f32, q: f32, from: i32, to: i32): void { each<Erf>(g, v, y, p, q, from, to); }
export function gradSoftplus(g: usize, v: usize, y: usize, p: f32, q: f32, from: i32, to: i32): void { each<Softplus>(g, v, y, p, q, from, to); }
export function gradHardSwish(g: usize, v: usize, y: usize, p: f32, q: f32, from: i32, to: i32): void { each<HardSwish>(g, v, y, p, q, from, to); }
export function gradClip(g: usize, v: usize, y: usize, p: f32, q: f32, from: i32, to: i32): void { each<Clip>(g, v, y, p, q, from, to); }
export function gradLeakyRelu(g: usize, v: usize, y: usize, p: f32, q: f32, from: i32, to: i32): void { each<LeakyRelu>(g, v, y, p, q, from, to); }
export function gradElu(g: usize, v: usize, y: usize, p: f32, q: f32, from: i32, to: i32): void { each<Elu>(g, v, y, p, q, from, to); }
