// Softmax over rows of n contiguous floats, and the cross-entropy of rows against a class each.
import { floats, splat, storeLanes } from "./simd";
import { exp4 } from "./math";
import { maxOf, sumOf } from "./reduce";
import { resetScratch, scratch } from "./scratch";

/** y = e^(x − shift) */
function powers(x: usize, y: usize, n: i32, shift: f32): void {
  const s = splat(shift), end = y + floats(n & ~3);
  for (; y < end; x += 16, y += 16) v128.store(y, exp4(f32x4.sub(v128.load(x), s)));
  if (n & 3) storeLanes(y, exp4(f32x4.sub(v128.load(x), s)), n & 3);
}

function scaleRow(y: usize, n: i32, factor: f32): void {
  const s = splat(factor), end = y + floats(n & ~3);
  for (; y < end; y += 16) v128.store(y, f32x4.mul(v128.load(y), s));
  if (n & 3) storeLanes(y, f32x4.mul(v128.load(y), s), n & 3);
}

export function softmax(x: usize, y: usize, n: i32, from: i32, to: i32): void {
  x += floats(from * n); y += floats(from * n);
  for (; from < to; from++, x += floats(n), y += floats(n)) {
    powers(x, y, n, maxOf(x, n));
    scaleRow(y, n, <f32>(1 / sumOf(y, n)));
  }
}

/** log Σ eˣ of a row − one of its values, which comes first: next to the largest of a row such as −1e30, the logarithm would be lost. `row` is scratch of its length. */
function distance(x: usize, n: i32, row: usize, value: f32): f64 {
  const greatest = maxOf(x, n);
  if (!isFinite(greatest)) return greatest - value;
  powers(x, row, n, greatest);
  return <f64>greatest - value + NativeMath.log(sumOf(row, n));
}

export function logSoftmax(x: usize, y: usize, n: i32, from: i32, to: i32): void {
  x += floats(from * n); y += floats(from * n);
  for (; from < to; from++, x += floats(n), y += floats(n)) {
    // Two steps in float32 lose less than one shift by a rounded logarithm would.
    const greatest = maxOf(x, n), finite = isFinite(greatest);
    powers(x, y, n, greatest);
    const g = splat(greatest), l = splat(finite ? <f32>NativeMath.log(sumOf(y, n)) : 0);
    for (let j = 0; j < n; j += 4) {
      const o = floats(j), v = f32x4.sub(f32x4.sub(v128.load(x + o), g), l);
      if (j + 4 <= n) v128.store(y + o, v); else storeLanes(y + o, v, n - j);
    }
  }
}

/** out[rows] = log Σ eˣ − x[target] */
export function crossEntropy(x: usize, targets: usize, out: usize, n: i32, from: i32, to: i32): void {
  resetScratch();
  const row = scratch(floats(n));
  x += floats(from * n); targets += floats(from); out += floats(from);
  for (; from < to; from++, x += floats(n), targets += 4, out += 4) store<f32>(out, <f32>distance(x, n, row, load<f32>(x + floats(load<i32>(targets)))));
}

/** dx[rows, n] = g[row] · (softmax − one-hot target) */
export function crossEntropyGrad(g: usize, x: usize, targets: usize, dx: usize, n: i32, from: i32, to: i32): void {
  x += floats(from * n); dx += floats(from * n); targets += floats(from); g += floats(from);
  for (; from < to; from++, x += floats(n), dx += floats(n), targets += 4, g += 4) {
    powers(x, dx, n, maxOf(x, n));
    const grad = load<f32>(g), target = dx + floats(load<i32>(targets)), total = sumOf(dx, n);
    const own = <f32>((load<f32>(target) / total - 1) * grad);
    scaleRow(dx, n, <f32>(grad / total));
    store<f32>(target, own);
  }
}
