// Packing a strided matrix into the panels of gemm.ts. Strides in floats.
import { MR, NR } from "./gemm";
import { storeTransposed } from "./simd";

/** A[M, kc] into panels [M / 4][kc][4]. Rows that the last panel lacks repeat others: these twins are never stored. */
export function packA(a: usize, rowStride: i32, colStride: i32, M: i32, kc: i32, out: usize): void {
  const rs = <usize>rowStride << 2, cs = <usize>colStride << 2;
  for (let i = 0; i < M; i += MR) {
    let p0 = a + <usize>i * rs, p1 = i + 1 < M ? p0 + rs : p0, p2 = i + 2 < M ? p1 + rs : p0, p3 = i + 3 < M ? p2 + rs : p0, k = 0;
    if (colStride == 1) {
      for (; k + 4 <= kc; k += 4, p0 += 16, p1 += 16, p2 += 16, p3 += 16, out += 64)
        storeTransposed(v128.load(p0), v128.load(p1), v128.load(p2), v128.load(p3), out, 16);
    } else if (rowStride == 1 && i + 4 <= M) {
      for (; k < kc; k++, p0 += cs, out += 16) v128.store(out, v128.load(p0));
    }
    for (; k < kc; k++, p0 += cs, p1 += cs, p2 += cs, p3 += cs, out += 16) {
      store<f32>(out, load<f32>(p0)); store<f32>(out, load<f32>(p1), 4);
      store<f32>(out, load<f32>(p2), 8); store<f32>(out, load<f32>(p3), 12);
    }
  }
}

/** One panel B[kc, NR] from row 0, column 0 of b; only `nr` columns exist, the others are filled with anything. */
export function packB(b: usize, rowStride: i32, colStride: i32, kc: i32, nr: i32, out: usize): void {
  const rs = <usize>rowStride << 2, cs = <usize>colStride << 2;
  if (colStride == 1) {
    for (const end = out + (<usize>kc * NR << 2); out < end; out += NR << 2, b += rs) {
      v128.store(out, v128.load(b)); v128.store(out, v128.load(b, 16), 16);
      v128.store(out, v128.load(b, 32), 32); v128.store(out, v128.load(b, 48), 48);
    }
    return;
  }
  if (rowStride == 1) {
    // Columns are contiguous: 4×4 transposes. Steps beyond kc land in the spare bytes.
    for (let j = 0; j < NR; j += 4) {
      const last = nr - 1;
      let p0 = b + <usize>min(j, last) * cs, p1 = b + <usize>min(j + 1, last) * cs;
      let p2 = b + <usize>min(j + 2, last) * cs, p3 = b + <usize>min(j + 3, last) * cs;
      let o = out + (<usize>j << 2);
      for (let k = 0; k < kc; k += 4, o += NR << 4, p0 += 16, p1 += 16, p2 += 16, p3 += 16)
        storeTransposed(v128.load(p0), v128.load(p1), v128.load(p2), v128.load(p3), o, NR << 2);
    }
    return;
  }
  for (let k = 0; k < kc; k++, b += rs, out += NR << 2)
    for (let j = 0; j < nr; j++) store<f32>(out + (<usize>j << 2), load<f32>(b + <usize>j * cs));
}
