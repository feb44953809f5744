// The activation that follows a convolution, applied to results while they are in the cache.
import { floats, splat, storeLanes } from "../simd";
import { ConvShape } from "./shape";

const HARD_SWISH: i32 = 2; // 1 is a clip

/** One vector of results; NaN stays NaN. */
// @ts-ignore: decorator
@inline export function activate(v: v128, kind: i32, low: v128, high: v128): v128 {
  if (kind == HARD_SWISH) return f32x4.mul(v, f32x4.pmin(f32x4.pmax(f32x4.add(f32x4.mul(v, splat(1.0 / 6)), splat(0.5)), splat(0)), splat(1)));
  return f32x4.pmin(f32x4.pmax(v, low), high);
}

/** `count` results from c on in each of `rows` rows, `step` bytes apart. */
export function activateRows(c: usize, rows: i32, step: usize, count: i32, shape: ConvShape): void {
  const kind = shape.activation;
  if (kind == 0) return;
  const low = splat(shape.low), high = splat(shape.high);
  for (; rows > 0; rows--, c += step) {
    let p = c, left = count;
    for (; left >= 4; left -= 4, p += 16) v128.store(p, activate(v128.load(p), kind, low, high));
    if (left > 0) storeLanes(p, activate(v128.load(p), kind, low, high), left);
  }
}

/** `count` results that stand one after another. */
export function activateFloats(c: usize, count: i32, shape: ConvShape): void { activateRows(c, 1, floats(count), count, shape); }
