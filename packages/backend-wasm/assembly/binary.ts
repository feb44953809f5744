// Ops on pairs of elements, with NumPy's broadcasting: a walk (walk.ts) over runs in which each input is contiguous or one value.
import { floats, splat, storeLanes } from "./simd";
import { A_REPEATS, B_REPEATS, walk } from "./walk";

// @ts-ignore: decorator
@inline function run<F>(a: usize, b: usize, y: usize, n: i32, mode: i32): void {
  const f = changetype<F>(0), end = y + floats(n & ~3);
  if (mode == B_REPEATS) {
    const v = v128.load32_splat(b);
    for (; y < end; a += 16, y += 16) v128.store(y, f.at(v128.load(a), v));
    if (n & 3) storeLanes(y, f.at(v128.load(a), v), n & 3);
  } else if (mode == A_REPEATS) {
    const v = v128.load32_splat(a);
    for (; y < end; b += 16, y += 16) v128.store(y, f.at(v, v128.load(b)));
    if (n & 3) storeLanes(y, f.at(v, v128.load(b)), n & 3);
  } else {
    for (; y < end; a += 16, b += 16, y += 16) v128.store(y, f.at(v128.load(a), v128.load(b)));
    if (n & 3) storeLanes(y, f.at(v128.load(a), v128.load(b)), n & 3);
  }
}

/** aᵇ as JavaScript defines it, where C says 1 for 1^NaN and (±1)^∞; common exponents without a call. */
// @ts-ignore: decorator
@inline function pow1(a: f32, b: f32): f32 {
  if (b == 2) return a * a;
  if (b != b || (abs(a) == 1 && abs(b) == Infinity)) return NaN;
  return <f32>NativeMath.pow(a, b);
}
function pow4(a: v128, b: v128): v128 {
  let y = splat(pow1(f32x4.extract_lane(a, 0), f32x4.extract_lane(b, 0)));
  y = f32x4.replace_lane(y, 1, pow1(f32x4.extract_lane(a, 1), f32x4.extract_lane(b, 1)));
  y = f32x4.replace_lane(y, 2, pow1(f32x4.extract_lane(a, 2), f32x4.extract_lane(b, 2)));
  return f32x4.replace_lane(y, 3, pow1(f32x4.extract_lane(a, 3), f32x4.extract_lane(b, 3)));
}

@unmanaged @final class Add { @inline at(a: v128, b: v128): v128 { return f32x4.add(a, b); } }
@unmanaged @final class Sub { @inline at(a: v128, b: v128): v128 { return f32x4.sub(a, b); } }
@unmanaged @final class Mul { @inline at(a: v128, b: v128): v128 { return f32x4.mul(a, b); } }
@unmanaged @final class Div { @inline at(a: v128, b: v128): v128 { return f32x4.div(a, b); } }
@unmanaged @final class Maximum { @inline at(a: v128, b: v128): v128 { return f32x4.max(a, b); } }
@unmanaged @final class Minimum { @inline at(a: v128, b: v128): v128 { return f32x4.min(a, b); } }
@unmanaged @final class Pow { @inline at(a: v128, b: v128): v128 { return pow4(a, b); } }

function runAdd(a: usize, b: usize, y: usize, n: i32, mode: i32): void { run<Add>(a, b, y, n, mode); }
function runSub(a: usize, b: usize, y: usize, n: i32, mode: i32): void { run<Sub>(a, b, y, n, mode); }
function runMul(a: usize, b: usize, y: usize, n: i32, mode: i32): void { run<Mul>(a, b, y, n, mode); }
function runDiv(a: usize, b: usize, y: usize, n: i32, mode: i32): void { run<Div>(a, b, y, n, mode); }
function runMaximum(a: usize, b: usize, y: usize, n: i32, mode: i32): void { run<Maximum>(a, b, y, n, mode); }
function runMinimum(a: usize, b: usize, y: usize, n: i32, mode: i32): void { run<Minimum>(a, b, y, n, mode); }
function runPow(a: usize, b: usize, y: usize, n: i32, mode: i32): void { run<Pow>(a, b, y, n, mode); }

export function binaryAdd(plan: usize, a: usize, b: usize, y: usize, from: i32, to: i32): void { walk(plan, a, b, y, from, to, 4, 4, runAdd); }
export function binarySub(plan: usize, a: usize, b: usize, y: usize, from: i32, to: i32): void { walk(plan, a, b, y, from, to, 4, 4, runSub); }
export function binaryMul(plan: usize, a: usize, b: usize, y: usize, from: i32, to: i32): void { walk(plan, a, b, y, from, to, 4, 4, runMul); }
export function binaryDiv(plan: usize, a: usize, b: usize, y: usize, from: i32, to: i32): void { walk(plan, a, b, y, from, to, 4, 4, runDiv); }
export function binaryMaximum(plan: usize, a: usize, b: usize, y: usize, from: i32, to: i32): void { walk(plan, a, b, y, from, to, 4, 4, runMaximum); }
export function binaryMinimum(plan: usize, a: usize, b: usize, y: usize, from: i32, to: i32): void { walk(plan, a, b, y, from, to, 4, 4, runMinimum); }
export function binaryPow(plan: usize, a: usize, b: usize, y: usize, from: i32, to: i32): void { walk(plan, a, b, y, from, to, 4, 4, runPow); }
