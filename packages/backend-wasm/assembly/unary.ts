// Elementwise ops on one tensor. Each class is one function, resolved when its loop is compiled; p and q come from
// the op's attributes. A tail of fewer than four elements goes through the same vector code, so a value never
// depends on its position: any range of the elements gives the same values.
import { fma, floats, splat, storeLanes } from "./simd";
import { erf4, exp4, expm14, log1p4, log4, normalCdf4, sigmoid4, tanh4 } from "./math";

// @ts-ignore: decorator
@inline function each<F>(x: usize, y: usize, p: f32, q: f32, from: i32, to: i32): void {
  x += floats(from); y += floats(from);
  const f = changetype<F>(0), pv = splat(p), qv = splat(q), n = to - from, end = x + floats(n & ~3), pairs = x + floats(n & ~7);
  for (; x < pairs; x += 32, y += 32) {
    const a = f.at(v128.load(x), pv, qv), b = f.at(v128.load(x, 16), pv, qv);
    v128.store(y, a); v128.store(y, b, 16);
  }
  if (x < end) { v128.store(y, f.at(v128.load(x), pv, qv)); x += 16; y += 16; }
  if (n & 3) storeLanes(y, f.at(v128.load(x), pv, qv), n & 3);
}

@unmanaged @final class Neg { @inline at(x: v128, p: v128, q: v128): v128 { return f32x4.neg(x); } }
@unmanaged @final class Abs { @inline at(x: v128, p: v128, q: v128): v128 { return f32x4.abs(x); } }
@unmanaged @final class Sign { @inline at(x: v128, p: v128, q: v128): v128 { return v128.bitselect(x, v128.or(v128.and(x, i32x4.splat(0x80000000)), splat(1)), v128.or(f32x4.eq(x, splat(0)), f32x4.ne(x, x))); } }
@unmanaged @final class Exp { @inline at(x: v128, p: v128, q: v128): v128 { return exp4(x); } }
@unmanaged @final class Log { @inline at(x: v128, p: v128, q: v128): v128 { return log4(x); } }
@unmanaged @final class Sqrt { @inline at(x: v128, p: v128, q: v128): v128 { return f32x4.sqrt(x); } }
@unmanaged @final class Reciprocal { @inline at(x: v128, p: v128, q: v128): v128 { return f32x4.div(splat(1), x); } }
@unmanaged @final class Square { @inline at(x: v128, p: v128, q: v128): v128 { return f32x4.mul(x, x); } }
@unmanaged @final class Floor { @inline at(x: v128, p: v128, q: v128): v128 { return f32x4.floor(x); } }
@unmanaged @final class Ceil { @inline at(x: v128, p: v128, q: v128): v128 { return f32x4.ceil(x); } }
@unmanaged @final class Trunc { @inline at(x: v128, p: v128, q: v128): v128 { return f32x4.trunc(x); } }
@unmanaged @final class Round { @inline at(x: v128, p: v128, q: v128): v128 { return f32x4.nearest(x); } }
@unmanaged @final class Relu { @inline at(x: v128, p: v128, q: v128): v128 { return f32x4.pmax(x, splat(0)); } }
@unmanaged @final class Sigmoid { @inline at(x: v128, p: v128, q: v128): v128 { return sigmoid4(x); } }
@unmanaged @final class Tanh { @inline at(x: v128, p: v128, q: v128): v128 { return tanh4(x); } }
@unmanaged @final class Erf { @inline at(x: v128, p: v128, q: v128): v128 { return erf4(x); } }
@unmanaged @final class Silu { @inline at(x: v128, p: v128, q: v128): v128 { return f32x4.mul(x, sigmoid4(x)); } }
@unmanaged @final class Gelu { @inline at(x: v128, p: v128, q: v128): v128 { return f32x4.mul(x, normalCdf4(x)); } }
@unmanaged @final class Softplus { @inline at(x: v128, p: v128, q: v128): v128 { return f32x4.add(f32x4.pmax(x, splat(0)), log1p4(exp4(f32x4.neg(f32x4.abs(x))))); } }
@unmanaged @final class HardSigmoid { @inline at(x: v128, p: v128, q: v128): v128 { return f32x4.pmin(f32x4.pmax(fma(p, x, q), splat(0)), splat(1)); } }
@unmanaged @final class HardSwish { @inline at(x: v128, p: v128, q: v128): v128 { return f32x4.mul(x, f32x4.pmin(f32x4.pmax(f32x4.add(f32x4.mul(x, splat(1.0 / 6)), splat(0.5)), splat(0)), splat(1))); } }
@unmanaged @final class Clip { @inline at(x: v128, p: v128, q: v128): v128 { return f32x4.pmin(f32x4.pmax(x, p), q); } }
@unmanaged @final class LeakyRelu { @inline at(x: v128, p: v128, q: v128): v128 { return v128.bitselect(f32x4.mul(x, p), x, f32x4.lt(x, splat(0))); } }
@unmanaged @final class Elu { @inline at(x: v128, p: v128, q: v128): v128 { return v128.bitselect(f32x4.mul(expm14(x), p), x, f32x4.lt(x, splat(0))); } }

export function unaryNeg(x: usize, y: usize, p: f32, q: f32, from: i32, to: i32): void { each<Neg>(x, y, p, q, from, to); }
export function unaryAbs(x: usize, y: usize, p: f32, q: f32, from: i32, to: i32): void { each<Abs>(x, y, p, q, from, to); }
export function unarySign(x: usize, y: usize, p: f32, q: f32, from: i32, to: i32): void { each<Sign>(x, y, p, q, from, to); }
export function unaryExp(x: usize, y: usize, p: f32, q: f32, from: i32, to: i32): void { each<Exp>(x, y, p, q, from, to); }
export function unaryLog(x: usize, y: usize, p: f32, q: f32, from: i32, to: i32): void { each<Log>(x, y, p, q, from, to); }
export function unarySqrt(x: usize, y: usize, p: f32, q: f32, from: i32, to: i32): void { each<Sqrt>(x, y, p, q, from, to); }
export function unaryReciprocal(x: usize, y: usize, p: f32, q: f32, from: i32, to: i32): void { each<Reciprocal>(x, y, p, q, from, to); }
export function unarySquare(x: usize, y: usize, p: f32, q: f32, from: i32, to: i32): void { each<Square>(x, y, p, q, from, to); }
export function unaryFloor(x: usize, y: usize, p: f32, q: f32, from: i32, to: i32): void { each<Floor>(x, y, p, q, from, to); }
export function unaryCeil(x: usize, y: usize, p: f32, q: f32, from: i32, to: i32): void { each<Ceil>(x, y, p, q, from, to); }
export function unaryTrunc(x: usize, y: usize, p: f32, q: f32, from: i32, to: i32): void { each<Trunc>(x, y, p, q, from, to); }
export function unaryRound(x: usize, y: usize, p: f32, q: f32, from: i32, to: i32): void { each<Round>(x, y, p, q, from, to); }
export function unaryRelu(x: usize, y: usize, p: f32, q: f32, from: i32, to: i32): void { each<Relu>(x, y, p, q, from, to); }
export function unarySigmoid(x: usize, y: usize, p: f32, q: f32, from: i32, to: i32): void { each<Sigmoid>(x, y, p, q, from, to); }
export function unaryTanh(x: usize, y: usize, p: f32, q: f32, from: i32, to: i32): void { each<Tanh>(x, y, p, q, from, to); }
export function unaryErf(x: usize, y: usize, p: f32, q: f32, from: i32, to: i32): void { each<Erf>(x, y, p, q, from, to); }
export function unarySilu(x: usize, y: usize, p: f32, q: f32, from: i32, to: i32): void { each<Silu>(x, y, p, q, from, to); }
export function unaryGelu(x: usize, y: usize, p: f32, q: f32, from: i32, to: i32): void { each<Gelu>(x, y, p, q, from, to); }
export function unarySoftplus(x: usize, y: usize, p: f32, q: f32, from: i32, to: i32): void { each<Softplus>(x, y, p, q, from, to); }
export function unaryHardSigmoid(x: usize, y: usize, p: f32, q: f32, from: i32, to: i32): void { each<HardSigmoid>(x, y, p, q, from, to); }
export function unaryHardSwish(x: usize, y: usize, p: f32, q: f32, from: i32, to: i32): void { each<HardSwish>(x, y, p, q, from, to); }
export function unaryClip(x: usize, y: usize, p: f32, q: f32, from: i32, to: i32): void { each<Clip>(x, y, p, q, from, to); }
export function unaryLeakyRelu(x: usize, y: usize, p: f32, q: f32, from: i32, to: i32): void { each<LeakyRelu>(x, y, p, q, from, to); }
export function unaryElu(x: usize, y: usize, p: f32, q: f32, from: i32, to: i32): void { each<Elu>(x, y, p, q, from, to); }
