// The commonest depthwise kernel, 3×3 at stride 1 or 2, down strips of four columns: each row is loaded once, and the sums of the rows
// below stay in registers. One output row an iteration, so a loop body has few loads (see gemm.ts on why).
import { floats, fma } from "../simd";

/** out[i][0..4] for rows of `ld` bytes from `s` on. w: nine weights; `bias` is in every output. */
export function strip1(s: usize, ld: usize, w: usize, bias: v128, out: usize, ldo: usize, rows: i32): void {
  const w00 = v128.load32_splat(w), w01 = v128.load32_splat(w, 4), w02 = v128.load32_splat(w, 8);
  const w10 = v128.load32_splat(w, 12), w11 = v128.load32_splat(w, 16), w12 = v128.load32_splat(w, 20);
  const w20 = v128.load32_splat(w, 24), w21 = v128.load32_splat(w, 28), w22 = v128.load32_splat(w, 32);
  let a = v128.load(s), b = v128.load(s, 4), c = v128.load(s, 8);
  let next = fma(w00, a, fma(w01, b, fma(w02, c, bias)));
  s += ld;
  a = v128.load(s); b = v128.load(s, 4); c = v128.load(s, 8);
  let current = fma(w10, a, fma(w11, b, fma(w12, c, next)));
  next = fma(w00, a, fma(w01, b, fma(w02, c, bias)));
  for (; rows > 0; rows--, out += ldo) {
    s += ld;
    const x0 = v128.load(s), x1 = v128.load(s, 4), x2 = v128.load(s, 8);
    v128.store(out, fma(w20, x0, fma(w21, x1, fma(w22, x2, current))));
    current = fma(w10, x0, fma(w11, x1, fma(w12, x2, next)));
    next = fma(w00, x0, fma(w01, x1, fma(w02, x2, bias)));
  }
}

/** The same at stride 2 on phases: even rows at `s`, odd rows `odd` bytes on; in each, odd columns `half` bytes on. */
export function strip2(s: usize, ld: usize, odd: usize, half: usize, w: usize, bias: v128, out: usize, ldo: usize, rows: i32): void {
  const w00 = v128.load32_splat(w), w01 = v128.load32_splat(w, 4), w02 = v128.load32_splat(w, 8);
  const w10 = v128.load32_splat(w, 12), w11 = v128.load32_splat(w, 16), w12 = v128.load32_splat(w, 20);
  const w20 = v128.load32_splat(w, 24), w21 = v128.load32_splat(w, 28), w22 = v128.load32_splat(w, 32);
  let current = fma(w00, v128.load(s), fma(w01, v128.load(s + half), fma(w02, v128.load(s, 4), bias)));
  for (; rows > 0; rows--, out += ldo) {
    const q = s + odd;
    current = fma(w10, v128.load(q), fma(w11, v128.load(q + half), fma(w12, v128.load(q, 4), current)));
    s += ld;
    const x0 = v128.load(s), x1 = v128.load(s + half), x2 = v128.load(s, 4);
    v128.store(out, fma(w20, x0, fma(w21, x1, fma(w22, x2, current))));
    current = fma(w00, x0, fma(w01, x1, fma(w02, x2, bias)));
  }
}

/** A whole plane y[h, w], w ≥ 4: the last strip overlaps its neighbour. `odd` is 0 at stride 1. */
export function strips(s: usize, ld: usize, odd: usize, half: usize, weights: usize, bias: v128, y: usize, h: i32, w: i32): void {
  const ldo = floats(w);
  for (let j = 0; j < w; j += 4) {
    const o = floats(min(j, w - 4));
    if (odd) strip2(s + o, ld, odd, half, weights, bias, y + o, ldo, h);
    else strip1(s + o, ld, weights, bias, y + o, ldo, h);
  }
}
