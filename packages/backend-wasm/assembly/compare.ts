// Comparisons and logic: pairs of elements to bytes 0 and 1, with NumPy's broadcasting (walk.ts). Greater is less with its sides exchanged.
import { floats, splat } from "./simd";
import { A_REPEATS, B_REPEATS, walk } from "./walk";

const ONES: i32 = 0x01010101;

/** Four masks as four bytes, of which `count` are stored. */
// @ts-ignore: decorator
@inline function storeMask(y: usize, mask: v128, count: i32): void {
  const words = i16x8.narrow_i32x4_s(mask, mask);
  const bytes = i32x4.extract_lane(i8x16.narrow_i16x8_s(words, words), 0) & ONES;
  if (count >= 4) store<i32>(y, bytes);
  else for (let i = 0; i < count; i++) store<u8>(y + i, <u8>(bytes >> (i << 3)));
}

/** Elements of four bytes. */
// @ts-ignore: decorator
@inline function words<F>(a: usize, b: usize, y: usize, n: i32, mode: i32): void {
  const f = changetype<F>(0);
  if (mode == A_REPEATS) {
    const v = v128.load32_splat(a);
    for (let i = 0; i < n; i += 4) storeMask(y + i, f.at(v, v128.load(b + floats(i))), n - i);
  } else if (mode == B_REPEATS) {
    const v = v128.load32_splat(b);
    for (let i = 0; i < n; i += 4) storeMask(y + i, f.at(v128.load(a + floats(i)), v), n - i);
  } else for (let i = 0; i < n; i += 4) storeMask(y + i, f.at(v128.load(a + floats(i)), v128.load(b + floats(i))), n - i);
}

/** Elements of one byte. */
// @ts-ignore: decorator
@inline function bytes<F>(a: usize, b: usize, y: usize, n: i32, mode: i32): void {
  const f = changetype<F>(0), one = i8x16.splat(1), zero = i8x16.splat(0);
  for (let i = 0; i < n; i += 16) {
    const p = mode == A_REPEATS ? v128.load8_splat(a) : v128.load(a + i), q = mode == B_REPEATS ? v128.load8_splat(b) : v128.load(b + i);
    const v = v128.and(f.at(p, q, zero), one);
    if (i + 16 <= n) v128.store(y + i, v);
    else {
      let low = i64x2.extract_lane(v, 0), high = i64x2.extract_lane(v, 1);
      for (let j = i; j < n; j++) {
        store<u8>(y + j, <u8>low);
        low = low >>> 8 | high << 56;
        high >>>= 8;
      }
    }
  }
}

@unmanaged @final class EqualFloat { @inline at(a: v128, b: v128): v128 { return f32x4.eq(a, b); } }
@unmanaged @final class LessFloat { @inline at(a: v128, b: v128): v128 { return f32x4.lt(a, b); } }
@unmanaged @final class LessEqualFloat { @inline at(a: v128, b: v128): v128 { return f32x4.le(a, b); } }
@unmanaged @final class EqualInt { @inline at(a: v128, b: v128): v128 { return i32x4.eq(a, b); } }
@unmanaged @final class LessInt { @inline at(a: v128, b: v128): v128 { return i32x4.lt_s(a, b); } }
@unmanaged @final class LessEqualInt { @inline at(a: v128, b: v128): v128 { return i32x4.le_s(a, b); } }
@unmanaged @final class EqualByte { @inline at(a: v128, b: v128, zero: v128): v128 { return i8x16.eq(a, b); } }
@unmanaged @final class AndByte { @inline at(a: v128, b: v128, zero: v128): v128 { return v128.and(i8x16.ne(a, zero), i8x16.ne(b, zero)); } }
@unmanaged @final class OrByte { @inline at(a: v128, b: v128, zero: v128): v128 { return i8x16.ne(v128.or(a, b), zero); } }
@unmanaged @final class XorByte { @inline at(a: v128, b: v128, zero: v128): v128 { return v128.xor(i8x16.ne(a, zero), i8x16.ne(b, zero)); } }

function runEqualFloat(a: usize, b: usize, y: usize, n: i32, mode: i32): void { words<EqualFloat>(a, b, y, n, mode); }
function runLessFloat(a: usize, b: usize, y: usize, n: i32, mode: i32): void { words<LessFloat>(a, b, y, n, mode); }
function runLessEqualFloat(a: usize, b: usize, y: usize, n: i32, mode: i32): void { words<LessEqualFloat>(a, b, y, n, mode); }
function runEqualInt(a: usize, b: usize, y: usize, n: i32, mode: i32): void { words<EqualInt>(a, b, y, n, mode); }
function runLessInt(a: usize, b: usize, y: usize, n: i32, mode: i32): void { words<LessInt>(a, b, y, n, mode); }
function runLessEqualInt(a: usize, b: usize, y: usize, n: i32, mode: i32): void { words<LessEqualInt>(a, b, y, n, mode); }
function runEqualByte(a: usize, b: usize, y: usize, n: i32, mode: i32): void { bytes<EqualByte>(a, b, y, n, mode); }
function runAndByte(a: usize, b: usize, y: usize, n: i32, mode: i32): void { bytes<AndByte>(a, b, y, n, mode); }
function runOrByte(a: usize, b: usize, y: usize, n: i32, mode: i32): void { bytes<OrByte>(a, b, y, n, mode); }
function runXorByte(a: usize, b: usize, y: usize, n: i32, mode: i32): void { bytes<XorByte>(a, b, y, n, mode); }

export function equalFloat(plan: usize, a: usize, b: usize, y: usize, from: i32, to: i32): void { walk(plan, a, b, y, from, to, 4, 1, runEqualFloat); }
export function lessFloat(plan: usize, a: usize, b: usize, y: usize, from: i32, to: i32): void { walk(plan, a, b, y, from, to, 4, 1, runLessFloat); }
export function lessEqualFloat(plan: usize, a: usize, b: usize, y: usize, from: i32, to: i32): void { walk(plan, a, b, y, from, to, 4, 1, runLessEqualFloat); }
export function equalInt(plan: usize, a: usize, b: usize, y: usize, from: i32, to: i32): void { walk(plan, a, b, y, from, to, 4, 1, runEqualInt); }
export function lessInt(plan: usize, a: usize, b: usize, y: usize, from: i32, to: i32): void { walk(plan, a, b, y, from, to, 4, 1, runLessInt); }
export function lessEqualInt(plan: usize, a: usize, b: usize, y: usize, from: i32, to: i32): void { walk(plan, a, b, y, from, to, 4, 1, runLessEqualInt); }
export function equalByte(plan: usize, a: usize, b: usize, y: usize, from: i32, to: i32): void { walk(plan, a, b, y, from, to, 1, 1, runEqualByte); }
export function andByte(plan: usize, a: usize, b: usize, y: usize, from: i32, to: i32): void { walk(plan, a, b, y, from, to, 1, 1, runAndByte); }
export function orByte(plan: usize, a: usize, b: usize, y: usize, from: i32, to: i32): void { walk(plan, a, b, y, from, to, 1, 1, runOrByte); }
export function xorByte(plan: usize, a: usize, b: usize, y: usize, from: i32, to: i32): void { walk(plan, a, b, y, from, to, 1, 1, runXorByte); }

export function notByte(x: usize, y: usize, from: i32, to: i32): void {
  for (let i = from; i < to; i++) store<u8>(y + i, <u8>(load<u8>(x + i) == 0));
}
export function isNaNFloat(x: usize, y: usize, from: i32, to: i32): void {
  for (let i = from; i < to; i += 4) { const v = v128.load(x + floats(i)); storeMask(y + i, f32x4.ne(v, v), to - i); }
}

// Conversions between float32, int32 and bytes. To bool: NaN is false, as in JavaScript.
export function floatToBool(x: usize, y: usize, from: i32, to: i32): void {
  for (let i = from; i < to; i += 4) storeMask(y + i, f32x4.gt(f32x4.abs(v128.load(x + floats(i))), splat(0)), to - i);
}
export function intToBool(x: usize, y: usize, from: i32, to: i32): void {
  for (let i = from; i < to; i += 4) storeMask(y + i, i32x4.ne(v128.load(x + floats(i)), splat(0)), to - i);
}

/** As JavaScript: modulo 2³², NaN and infinities to 0. */
function toInt(x: f32): i32 { return abs(x) < <f32>9223372036854775808.0 ? <i32><i64>x : 0; } // further out, float32 has only multiples of 2³²

export function floatToInt(x: usize, y: usize, from: i32, to: i32): void {
  let i = from;
  for (; i + 4 <= to; i += 4) {
    const v = v128.load(x + floats(i));
    if (v128.any_true(f32x4.ge(f32x4.abs(v), splat(2147483648)))) for (let j = i; j < i + 4; j++) store<i32>(y + floats(j), toInt(load<f32>(x + floats(j))));
    else v128.store(y + floats(i), i32x4.trunc_sat_f32x4_s(v));
  }
  for (; i < to; i++) store<i32>(y + floats(i), toInt(load<f32>(x + floats(i))));
}
export function intToFloat(x: usize, y: usize, from: i32, to: i32): void {
  let i = from;
  for (; i + 4 <= to; i += 4) v128.store(y + floats(i), f32x4.convert_i32x4_s(v128.load(x + floats(i))));
  for (; i < to; i++) store<f32>(y + floats(i), <f32>load<i32>(x + floats(i)));
}

// @ts-ignore: decorator
@inline function widen(x: usize): v128 { return i32x4.extend_low_i16x8_u(i16x8.extend_low_i8x16_u(v128.load32_zero(x))); }

export function byteToFloat(x: usize, y: usize, from: i32, to: i32): void {
  let i = from;
  for (; i + 4 <= to; i += 4) v128.store(y + floats(i), f32x4.convert_i32x4_s(widen(x + i)));
  for (; i < to; i++) store<f32>(y + floats(i), <f32>load<u8>(x + i));
}
export function byteToInt(x: usize, y: usize, from: i32, to: i32): void {
  let i = from;
  for (; i + 4 <= to; i += 4) v128.store(y + floats(i), widen(x + i));
  for (; i < to; i++) store<i32>(y + floats(i), <i32>load<u8>(x + i));
}
