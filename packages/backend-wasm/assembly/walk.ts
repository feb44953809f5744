// A walk over two broadcast inputs and a contiguous output, in runs along the innermost dimension.
import { floats } from "./simd";
import { tile } from "./scratch";

/** How the inputs of a run lie: both contiguous, or one of them a single value. */
export const A_REPEATS: i32 = 1;
export const B_REPEATS: i32 = 2;

/**
 * The plan, as the host writes it: length of a run, its mode, number of outer dimensions (up to 14), then for each of these, the
 * innermost first: size, step of a, step of b (bytes).
 */
export function walk(plan: usize, a: usize, b: usize, y: usize, run: (a: usize, b: usize, y: usize, n: i32, mode: i32) => void): void {
  const n = load<i32>(plan), mode = load<i32>(plan, 4), rank = load<i32>(plan, 8), dims = plan + 12;
  const row = floats(n), index = tile(2048);
  for (let d = 0; d < rank; d++) store<i32>(index + floats(d), 0);
  while (true) {
    run(a, b, y, n, mode);
    y += row;
    let d = 0;
    for (; d < rank; d++) {
      const dim = dims + <usize>d * 12, size = load<i32>(dim), i = load<i32>(index + floats(d)) + 1;
      a += load<i32>(dim, 4);
      b += load<i32>(dim, 8);
      if (i < size) { store<i32>(index + floats(d), i); break; }
      store<i32>(index + floats(d), 0);
      a -= <usize>size * load<i32>(dim, 4);
      b -= <usize>size * load<i32>(dim, 8);
    }
    if (d == rank) return;
  }
}
