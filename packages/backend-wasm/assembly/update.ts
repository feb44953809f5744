// Optimizer steps in place on parameters and state: one pass over memory. The arithmetic is that of the
// chain of ops, operation by operation, so both give the same bits. Units are elements; parts begin at multiples of 1024.
import { floats, splat, storeLanes } from "./simd";

// @ts-ignore: decorator
@inline function decayed(g: v128, w: v128, decay: f32): v128 { return decay == 0 ? g : f32x4.add(g, f32x4.mul(w, splat(decay))); }

/** The last elements of an array, fewer than four, may be followed by a neighbour's memory. */
// @ts-ignore: decorator
@inline function put(p: usize, v: v128, left: i32): void { if (left >= 4) v128.store(p, v); else storeLanes(p, v, left); }

/** w ← w − rate · (g + decay · w); `rate` comes negated. */
export function updateSgd(w: usize, g: usize, decay: f32, rate: f32, from: i32, to: i32): void {
  w += floats(from); g += floats(from);
  for (let left = to - from; left > 0; left -= 4, w += 16, g += 16) {
    const x = v128.load(w);
    put(w, f32x4.add(x, f32x4.mul(decayed(v128.load(g), x, decay), splat(rate))), left);
  }
}

/** v ← momentum · v + g + decay · w; w ← w − rate · (v, or with `nesterov` g + momentum · v). */
export function updateMomentum(w: usize, v: usize, g: usize, decay: f32, rate: f32, momentum: f32, nesterov: i32, from: i32, to: i32): void {
  w += floats(from); v += floats(from); g += floats(from);
  const m = splat(momentum);
  for (let left = to - from; left > 0; left -= 4, w += 16, v += 16, g += 16) {
    const x = v128.load(w), grad = decayed(v128.load(g), x, decay), velocity = f32x4.add(f32x4.mul(v128.load(v), m), grad);
    put(v, velocity, left);
    put(w, f32x4.add(x, f32x4.mul(nesterov ? f32x4.add(grad, f32x4.mul(velocity, m)) : velocity, splat(rate))), left);
  }
}

/**
 * m ← b1 · m + c1 · g; v ← b2 · v + c2 · g²; w ← w − rate · (m · mScale / (√(v · vScale) + epsilon) + decoupled · w), where g has decay · w
 * in it, c = 1 − b, and the scales undo the start at 0.
 */
export function updateAdam(w: usize, m: usize, v: usize, g: usize, decay: f32, decoupled: f32, rate: f32, b1: f32, c1: f32, b2: f32, c2: f32, mScale: f32, vScale: f32, epsilon: f32, from: i32, to: i32): void {
  w += floats(from); m += floats(from); v += floats(from); g += floats(from);
  for (let left = to - from; left > 0; left -= 4, w += 16, m += 16, v += 16, g += 16) {
    const x = v128.load(w), grad = decayed(v128.load(g), x, decay);
    const mean = f32x4.add(f32x4.mul(v128.load(m), splat(b1)), f32x4.mul(grad, splat(c1)));
    const squares = f32x4.add(f32x4.mul(v128.load(v), splat(b2)), f32x4.mul(f32x4.mul(grad, grad), splat(c2)));
    put(m, mean, left);
    put(v, squares, left);
    const direction = f32x4.div(f32x4.mul(mean, splat(mScale)), f32x4.add(f32x4.sqrt(f32x4.mul(squares, splat(vScale))), splat(epsilon)));
    put(w, f32x4.add(x, f32x4.mul(decayed(direction, x, decoupled), splat(rate))), left);
  }
}
