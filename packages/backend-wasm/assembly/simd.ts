// The few vector idioms every kernel uses. `@ts-ignore` stands above each decorator because TypeScript, which editors
// run on these files, knows decorators on classes only.

/** a · b + c: one instruction with relaxed SIMD, a multiply and an add without. */
// @ts-ignore: decorator
@inline export function fma(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return f32x4.relaxed_madd(a, b, c);
  return f32x4.add(f32x4.mul(a, b), c);
}

/** c − a · b. */
// @ts-ignore: decorator
@inline export function fnma(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return f32x4.relaxed_nmadd(a, b, c);
  return f32x4.sub(c, f32x4.mul(a, b));
}

// @ts-ignore: decorator
@inline export function splat(x: f32): v128 { return f32x4.splat(x); }

/** Four floats, each at its own byte offset (an i32 table) from `src`. */
// @ts-ignore: decorator
@inline export function gather4(src: usize, offsets: usize): v128 {
  let v = v128.load32_zero(src + load<i32>(offsets));
  v = v128.load32_lane(src + load<i32>(offsets, 4), v, 1);
  v = v128.load32_lane(src + load<i32>(offsets, 8), v, 2);
  return v128.load32_lane(src + load<i32>(offsets, 12), v, 3);
}

/** Even elements of the eight floats at p: a stride-2 load. */
// @ts-ignore: decorator
@inline export function loadEven(p: usize): v128 {
  return v128.shuffle<f32>(v128.load(p), v128.load(p, 16), 0, 2, 4, 6);
}

/** Stores the first `count` (1 to 3) lanes. */
// @ts-ignore: decorator
@inline export function storeLanes(p: usize, v: v128, count: i32): void {
  v128.store32_lane(p, v, 0);
  if (count > 1) v128.store32_lane(p, v, 1, 4);
  if (count > 2) v128.store32_lane(p, v, 2, 8);
}

/** Stores the transpose of the 4×4 matrix with rows a..d; its row i goes to out + i · stride (bytes). */
// @ts-ignore: decorator
@inline export function storeTransposed(a: v128, b: v128, c: v128, d: v128, out: usize, stride: usize): void {
  const ab0 = v128.shuffle<f32>(a, b, 0, 4, 1, 5), ab1 = v128.shuffle<f32>(a, b, 2, 6, 3, 7);
  const cd0 = v128.shuffle<f32>(c, d, 0, 4, 1, 5), cd1 = v128.shuffle<f32>(c, d, 2, 6, 3, 7);
  v128.store(out, v128.shuffle<f32>(ab0, cd0, 0, 1, 4, 5));
  v128.store(out + stride, v128.shuffle<f32>(ab0, cd0, 2, 3, 6, 7));
  v128.store(out + 2 * stride, v128.shuffle<f32>(ab1, cd1, 0, 1, 4, 5));
  v128.store(out + 3 * stride, v128.shuffle<f32>(ab1, cd1, 2, 3, 6, 7));
}

// @ts-ignore: decorator
@inline export function sumLanes(v: v128): f32 {
  return f32x4.extract_lane(v, 0) + f32x4.extract_lane(v, 1) + (f32x4.extract_lane(v, 2) + f32x4.extract_lane(v, 3));
}

/** The four lanes' sum, each widened first. */
// @ts-ignore: decorator
@inline export function sumLanes64(v: v128): f64 {
  return <f64>f32x4.extract_lane(v, 0) + <f64>f32x4.extract_lane(v, 1) + (<f64>f32x4.extract_lane(v, 2) + <f64>f32x4.extract_lane(v, 3));
}

// @ts-ignore: decorator
@inline export function roundUp(x: i32, multiple: i32): i32 { return (x + multiple - 1) / multiple * multiple; }

// @ts-ignore: decorator
@inline export function ceilDiv(a: i32, b: i32): i32 { return (a + b - 1) / b; }

// @ts-ignore: decorator
@inline export function floorDiv(a: i32, b: i32): i32 { return a >= 0 ? a / b : -((b - 1 - a) / b); }

/** Bytes of n floats. */
// @ts-ignore: decorator
@inline export function floats(n: i32): usize { return <usize>n << 2; }

/** Copies n floats; memory.copy costs a call into the runtime, which short rows would feel. */
export function copyFloats(from: usize, to: usize, n: i32): void {
  if (n >= 1024) { memory.copy(to, from, floats(n)); return; }
  const end = from + floats(n);
  for (; from + 16 <= end; from += 16, to += 16) v128.store(to, v128.load(from));
  for (; from < end; from += 4, to += 4) store<f32>(to, load<f32>(from));
}

/** Fills n floats. */
export function fillFloats(p: usize, value: f32, n: i32): void {
  const end = p + floats(n), v = splat(value);
  for (; p + 16 <= end; p += 16) v128.store(p, v);
  for (; p < end; p += 4) store<f32>(p, value);
}
