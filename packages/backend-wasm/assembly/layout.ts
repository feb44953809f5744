// Moving elements: strided copies (slice, expand, pad, concat), transposes, choice.
import { copyFloats, fillFloats, floats, splat, storeLanes, storeTransposed } from "./simd";
import { tile } from "./scratch";

export function fill(y: usize, value: f32, from: i32, to: i32): void { fillFloats(y + floats(from), value, to - from); }

/** n floats, `from` bytes apart in x and `to` bytes apart in y. */
function copyRun(x: usize, y: usize, n: i32, from: i32, to: i32): void {
  if (to == 4 && from == 4) return copyFloats(x, y, n);
  if (to == 4 && from == 0) return fillFloats(y, load<f32>(x), n);
  for (let i = 0; i < n; i++, x += from, y += to) store<f32>(y, load<f32>(x));
}

/**
 * The plan, written by the host: number of dimensions (at least 1), then, the innermost first: size, step in x, step in y (bytes).
 * `start` and `stop` count runs along the innermost dimension, or elements if it is the only one.
 */
export function copyStrided(plan: usize, x: usize, y: usize, start: i32, stop: i32): void {
  const rank = load<i32>(plan) - 1, n = load<i32>(plan, 4), from = load<i32>(plan, 8), to = load<i32>(plan, 12), dims = plan + 16;
  if (rank == 0) return copyRun(x + start * from, y + start * to, stop - start, from, to);
  const index = tile(2048);
  for (let d = 0, rest = start; d < rank; d++) {
    const dim = dims + <usize>d * 12, size = load<i32>(dim), i = rest % size;
    rest /= size;
    store<i32>(index + floats(d), i);
    x += i * load<i32>(dim, 4);
    y += i * load<i32>(dim, 8);
  }
  for (let left = stop - start; left > 0; left--) {
    copyRun(x, y, n, from, to);
    for (let d = 0; d < rank; d++) {
      const dim = dims + <usize>d * 12, size = load<i32>(dim), i = load<i32>(index + floats(d)) + 1;
      x += load<i32>(dim, 4);
      y += load<i32>(dim, 8);
      if (i < size) { store<i32>(index + floats(d), i); break; }
      store<i32>(index + floats(d), 0);
      x -= <usize>size * load<i32>(dim, 4);
      y -= <usize>size * load<i32>(dim, 8);
    }
  }
}

/**
 * Many transposes: y[columns, rows] = xᵀ for each x[rows, columns]. The plan: rows, columns, bytes from row to row in x and in y, number of outer
 * dimensions, then for each of these, the innermost first: size, step in x, step in y (bytes). Units are blocks of 16 rows.
 */
export function transpose(plan: usize, x: usize, y: usize, first: i32, last: i32): void {
  const rows = load<i32>(plan), columns = load<i32>(plan, 4), from = load<i32>(plan, 8), to = load<i32>(plan, 12), rank = load<i32>(plan, 16);
  const blocks = (rows + 15) / 16;
  for (let unit = first; unit < last; ) {
    const block = unit % blocks, stop = min(blocks, block + last - unit);
    let p = x, q = y;
    for (let d = 0, rest = unit / blocks; d < rank; d++) {
      const dim = plan + 20 + <usize>d * 12, size = load<i32>(dim), i = rest % size;
      rest /= size;
      p += i * load<i32>(dim, 4);
      q += i * load<i32>(dim, 8);
    }
    transpose2d(p, q, block * 16, min(rows, stop * 16), columns, from, to);
    unit += stop - block;
  }
}

/** Rows `first` to `rows` of one of them. 16×16 blocks keep both sides in L1. */
function transpose2d(x: usize, y: usize, first: i32, rows: i32, columns: i32, from: usize, to: usize): void {
  for (let i0 = first; i0 < rows; i0 += 16) for (let j0 = 0; j0 < columns; j0 += 16) {
    const i1 = min(i0 + 16, rows), j1 = min(j0 + 16, columns);
    let i = i0;
    for (; i + 4 <= i1; i += 4) {
      let p = x + <usize>i * from + floats(j0), q = y + <usize>j0 * to + floats(i), j = j0;
      for (; j + 4 <= j1; j += 4, p += 16, q += 4 * to)
        storeTransposed(v128.load(p), v128.load(p + from), v128.load(p + 2 * from), v128.load(p + 3 * from), q, to);
      for (; j < j1; j++, p += 4, q += to) {
        store<f32>(q, load<f32>(p)); store<f32>(q, load<f32>(p + from), 4);
        store<f32>(q, load<f32>(p + 2 * from), 8); store<f32>(q, load<f32>(p + 3 * from), 12);
      }
    }
    for (; i < i1; i++) for (let j = j0; j < j1; j++) store<f32>(y + <usize>j * to + floats(i), load<f32>(x + <usize>i * from + floats(j)));
  }
}

/** y = condition ? a : b, element by element; aStep and bStep are 16, or 0 for one value. Conditions are bytes. */
export function where(condition: usize, a: usize, b: usize, y: usize, aStep: usize, bStep: usize, from: i32, to: i32): void {
  const n = to - from;
  condition += from; y += floats(from);
  if (aStep) a += floats(from);
  if (bStep) b += floats(from);
  for (let i = 0; i < n; i += 4, condition += 4, a += aStep, b += bStep, y += 16) {
    const mask = i32x4.ne(i32x4.extend_low_i16x8_u(i16x8.extend_low_i8x16_u(v128.load32_zero(condition))), splat(0));
    const v = v128.bitselect(aStep ? v128.load(a) : v128.load32_splat(a), bStep ? v128.load(b) : v128.load32_splat(b), mask);
    if (i + 4 <= n) v128.store(y, v); else storeLanes(y, v, n - i);
  }
}

/**
 * The same with any broadcasting. The plan: number of dimensions (at least 1), then, the innermost first: size and steps of the condition, a and b
 * (bytes). Units are runs along the innermost dimension.
 */
export function whereBroadcast(plan: usize, condition: usize, a: usize, b: usize, y: usize, from: i32, to: i32): void {
  const rank = load<i32>(plan), n = load<i32>(plan, 4), stepC = load<i32>(plan, 8), stepA = load<i32>(plan, 12), stepB = load<i32>(plan, 16);
  y += floats(from * n);
  for (let unit = from; unit < to; unit++) {
    let c = condition, p = a, q = b;
    for (let d = 1, rest = unit; d < rank; d++) {
      const dim = plan + 4 + (<usize>d << 4), size = load<i32>(dim), i = rest % size;
      rest /= size;
      c += i * load<i32>(dim, 4);
      p += i * load<i32>(dim, 8);
      q += i * load<i32>(dim, 12);
    }
    for (const end = y + floats(n); y < end; y += 4, c += stepC, p += stepA, q += stepB) store<f32>(y, load<u8>(c) ? load<f32>(p) : load<f32>(q));
  }
}

/** y[outer, count, inner] = rows of x[outer, length, inner] listed in the table. Units are rows of y. */
export function gather(table: usize, x: usize, y: usize, length: i32, inner: i32, count: i32, from: i32, to: i32): void {
  for (let unit = from; unit < to; unit++) {
    const row = unit / count * length + load<i32>(table + floats(unit % count));
    copyFloats(x + floats(row * inner), y + floats(unit * inner), inner);
  }
}

/**
 * x[outer, length, inner] = zeros, to which rows of g[outer, count, inner] are added at the positions listed in the table, in order. Units are blocks of 16
 * columns of one x[length, inner], the blocks of one after those of another.
 */
export function gatherGrad(table: usize, g: usize, x: usize, length: i32, inner: i32, count: i32, from: i32, to: i32): void {
  const blocks = (inner + 15) / 16;
  for (let unit = from; unit < to; unit++) {
    const o = unit / blocks, first = unit % blocks * 16, width = min(16, inner - first);
    const rows = x + floats(o * length * inner + first);
    for (let r = 0; r < length; r++) fillFloats(rows + floats(r * inner), 0, width);
    let p = g + floats(o * count * inner + first);
    for (let i = 0; i < count; i++, p += floats(inner)) {
      const q = rows + floats(load<i32>(table + floats(i)) * inner);
      let j = 0;
      for (; j + 4 <= width; j += 4) v128.store(q + floats(j), f32x4.add(v128.load(q + floats(j)), v128.load(p + floats(j))));
      for (; j < width; j++) store<f32>(q + floats(j), load<f32>(q + floats(j)) + load<f32>(p + floats(j)));
    }
  }
}
