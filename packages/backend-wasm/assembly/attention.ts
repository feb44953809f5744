// softmax(Q · Kᵀ · scale + mask) · V of each matrix of a batch, a few queries at a time, so the products stay in the cache.
import { floats, splat, storeLanes } from "./simd";
import { blocked } from "./matmul";
import { resetScratch, scratch } from "./scratch";
import { softmax } from "./softmax";

/** Queries at a time: K and V are packed once for all of them. */
const QUERIES: i32 = 128;

/** Units of `attention`. */
export function attentionUnits(matrices: i32, Lq: i32): i32 { return matrices * ((Lq + QUERIES - 1) / QUERIES); }

/**
 * y[matrices, Lq, Dv] from q[matrices, Lq, D], k[matrices, Lk, D] and v[matrices, Lk, Dv]. `table` holds the byte offset of each matrix's mask from
 * `mask`, whose rows are `maskRow` floats apart; 0 if there is none. Units are blocks of queries, matrix after matrix.
 */
export function attention(q: usize, k: usize, v: usize, mask: usize, table: usize, maskRow: i32, y: usize, Lq: i32, Lk: i32, D: i32, Dv: i32, scale: f32, from: i32, to: i32): void {
  const blocks = (Lq + QUERIES - 1) / QUERIES;
  for (; from < to; from++) {
    const i = from / blocks, first = from % blocks * QUERIES, rows = min(QUERIES, Lq - first);
    resetScratch();
    const scores = scratch(floats(rows * Lk));
    blocked(q + floats((i * Lq + first) * D), D, 1, k + floats(i * Lk * D), 1, D, scores, Lk, rows, Lk, D);
    let p = scores, m = table ? mask + load<u32>(table + floats(i)) + floats(first * maskRow) : 0;
    for (let r = 0; r < rows; r++, p += floats(Lk), m += m ? floats(maskRow) : 0) scaleAndMask(p, m, Lk, scale);
    softmax(scores, scores, Lk, 0, rows);
    blocked(scores, Lk, 1, v + floats(i * Lk * Dv), Dv, 1, y + floats((i * Lq + first) * Dv), Dv, rows, Dv, Lk);
  }
}

function scaleAndMask(p: usize, mask: usize, n: i32, scale: f32): void {
  const s = splat(scale);
  for (; n > 0; n -= 4, p += 16) {
    let v = f32x4.mul(v128.load(p), s);
    if (mask) { v = f32x4.add(v, v128.load(mask)); mask += 16; }
    if (n >= 4) v128.store(p, v); else storeLanes(p, v, n);
  }
}
