// Activations applied to a result before it is stored.
import { splat, storeLanes } from "./simd";

/** 1: a clip to [low, high]; 2: hard-swish. Written by the host as the last fields of a ConvShape. */
@unmanaged export class Activation {
  kind: i32; low: f32; high: f32;
}
const HARD_SWISH: i32 = 2;

/** One vector of results; NaN stays NaN. */
// @ts-ignore: decorator
@inline export function activate(v: v128, kind: i32, low: v128, high: v128): v128 {
  if (kind == HARD_SWISH) return f32x4.mul(v, f32x4.pmin(f32x4.pmax(f32x4.add(f32x4.mul(v, splat(1.0 / 6)), splat(0.5)), splat(0)), splat(1)));
  return f32x4.pmin(f32x4.pmax(v, low), high);
}

/** `count` consecutive results. */
export function activateFloats(c: usize, count: i32, act: Activation | null): void {
  if (!act) return;
  const kind = act.kind, low = splat(act.low), high = splat(act.high);
  for (; count >= 4; count -= 4, c += 16) v128.store(c, activate(v128.load(c), kind, low, high));
  if (count > 0) storeLanes(c, activate(v128.load(c), kind, low, high), count);
}
