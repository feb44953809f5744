// A walk over two broadcast inputs and a contiguous output, in runs along the innermost dimension.
import { floats } from "./simd";
import { tile } from "./scratch";

/** Modes of a run's inputs: both contiguous, or one of them a single value. */
export const A_REPEATS: i32 = 1;
export const B_REPEATS: i32 = 2;

/**
 * The plan, written by the host: length of a run, its mode, number of outer dimensions (up to 14), then for each of these, the
 * innermost first: size, step of a, step of b (bytes). `from` and `to` count runs, or elements if there is only one run.
 * Elements of the inputs have `size` bytes, those of the output `outSize`.
 */
export function walk(plan: usize, a: usize, b: usize, y: usize, from: i32, to: i32, size: i32, outSize: i32, run: (a: usize, b: usize, y: usize, n: i32, mode: i32) => void): void {
  const n = load<i32>(plan), mode = load<i32>(plan, 4), rank = load<i32>(plan, 8), dims = plan + 12;
  if (rank == 0) {
    run(mode == A_REPEATS ? a : a + from * size, mode == B_REPEATS ? b : b + from * size, y + from * outSize, to - from, mode);
    return;
  }
  const row = <usize>n * outSize, index = tile(2048);
  y += <usize>from * row;
  for (let d = 0, rest = from; d < rank; d++) {
    const dim = dims + <usize>d * 12, size = load<i32>(dim), i = rest % size;
    rest /= size;
    store<i32>(index + floats(d), i);
    a += i * load<i32>(dim, 4);
    b += i * load<i32>(dim, 8);
  }
  for (let left = to - from; left > 0; left--) {
    run(a, b, y, n, mode);
    y += row;
    for (let d = 0; d < rank; d++) {
      const dim = dims + <usize>d * 12, size = load<i32>(dim), i = load<i32>(index + floats(d)) + 1;
      a += load<i32>(dim, 4);
      b += load<i32>(dim, 8);
      if (i < size) { store<i32>(index + floats(d), i); break; }
      store<i32>(index + floats(d), 0);
      a -= <usize>size * load<i32>(dim, 4);
      b -= <usize>size * load<i32>(dim, 8);
    }
  }
}
