// The weight gradient of winograd.ts, its adjoint: dw = Gᵀ · [Σ over tiles of (A · g · Aᵀ) ⊙ (Bᵀ · x · B)] · G, which is 36 matrix products
// [K, tiles] · [tiles, C]. A vector holds one element of four channels' tiles.
import { ceilDiv, copyFloats, floats, fma, roundUp, splat } from "../simd";
import { macro, NR } from "../gemm";
import { resetScratch, scratch, tile } from "../scratch";
import { ConvShape } from "./shape";
import { zeros } from "./tables";
import { GAP, GRID, TILES, transformTiles } from "./winograd";

/** One row of A · g: four vectors to six. */
// @ts-ignore: decorator
@inline function gradRow(d0: v128, d1: v128, d2: v128, d3: v128, out: usize, step: usize): void {
  const even = f32x4.add(d0, d2), odd = f32x4.add(d1, d3), even2 = fma(splat(4), d2, d0), odd2 = f32x4.mul(splat(2), fma(splat(4), d3, d1));
  v128.store(out, d0);
  v128.store(out + step, f32x4.add(even, odd));
  v128.store(out + 2 * step, f32x4.sub(even, odd));
  v128.store(out + 3 * step, f32x4.add(even2, odd2));
  v128.store(out + 4 * step, f32x4.sub(even2, odd2));
  v128.store(out + 5 * step, d3);
}

/** Transforms the same 4×4 tile of four planes: each result is a step of an A panel. */
function transformGrads(p: usize, plane: usize, row: usize, out: usize, step: usize): void {
  const grid = tile(GRID);
  for (let t = grid; t < grid + 384; t += 96, p += row) {
    const a = v128.load(p), b = v128.load(p + plane), c = v128.load(p + 2 * plane), d = v128.load(p + 3 * plane);
    const ab0 = v128.shuffle<f32>(a, b, 0, 4, 1, 5), ab1 = v128.shuffle<f32>(a, b, 2, 6, 3, 7);
    const cd0 = v128.shuffle<f32>(c, d, 0, 4, 1, 5), cd1 = v128.shuffle<f32>(c, d, 2, 6, 3, 7);
    gradRow(
      v128.shuffle<f32>(ab0, cd0, 0, 1, 4, 5), v128.shuffle<f32>(ab0, cd0, 2, 3, 6, 7),
      v128.shuffle<f32>(ab1, cd1, 0, 1, 4, 5), v128.shuffle<f32>(ab1, cd1, 2, 3, 6, 7), t, 16);
  }
  for (let t = grid; t < grid + 96; t += 16, out += step)
    gradRow(v128.load(t), v128.load(t, 96), v128.load(t, 192), v128.load(t, 288), out, 6 * step);
}

/** One row of Gᵀ · m: six vectors to three. */
// @ts-ignore: decorator
@inline function weightRow(m0: v128, m1: v128, m2: v128, m3: v128, m4: v128, m5: v128, out: usize, step: usize): void {
  const s1 = f32x4.mul(f32x4.add(m1, m2), splat(-1.0 / 6)), d1 = f32x4.mul(f32x4.sub(m2, m1), splat(1.0 / 6));
  const s2 = f32x4.add(m3, m4), d2 = f32x4.sub(m3, m4);
  v128.store(out, fma(splat(0.25), m0, fma(splat(1.0 / 24), s2, s1)));
  v128.store(out + step, fma(splat(1.0 / 12), d2, d1));
  v128.store(out + 2 * step, f32x4.add(m5, fma(splat(1.0 / 6), s2, s1)));
}

// @ts-ignore: decorator
@inline function mStep(K: i32, C: i32): usize { return floats(K * C) + GAP; }

/** Sums over parts of the batch, in order. */
// @ts-ignore: decorator
@inline function total(p: usize, parts: i32, step: usize): v128 {
  let v = v128.load(p);
  for (let part = 1; part < parts; part++) { p += step; v = f32x4.add(v, v128.load(p)); }
  return v;
}

/** dw[K, C, 3, 3] from the 36 sums [K, C] of each part of the batch. Units are filters. */
export function winogradWeightGradFinish(shape: ConvShape, m: usize, parts: i32, dw: usize, from: i32, to: i32): void {
  resetScratch();
  const grid = tile(GRID), result = grid + 288, K = shape.k, C = shape.c, step = mStep(K, C), whole = 36 * step;
  for (let k = from; k < to; k++) for (let c = 0; c < C; c += 4) {
    let p = m + floats(k * C + c);
    for (let t = grid; t < grid + 96; t += 16, p += step) { // columns of the 6×6 grid
      const s = 6 * step;
      weightRow(total(p, parts, whole), total(p + s, parts, whole), total(p + 2 * s, parts, whole), total(p + 3 * s, parts, whole), total(p + 4 * s, parts, whole), total(p + 5 * s, parts, whole), t, 96);
    }
    for (let i = 0; i < 3; i++) {
      const t = grid + i * 96;
      weightRow(v128.load(t), v128.load(t, 16), v128.load(t, 32), v128.load(t, 48), v128.load(t, 64), v128.load(t, 80), result + i * 48, 16);
    }
    const count = min(4, C - c), out = dw + floats((k * C + c) * 9);
    for (let q = 0; q < count; q++) for (let t = 0; t < 9; t++) store<f32>(out + floats(q * 9 + t), load<f32>(result + (t << 4) + (q << 2)));
  }
}

function copyPlanes(from: usize, planes: i32, h: i32, w: i32, out: usize, plane: usize, row: usize): void {
  for (let i = 0; i < planes; i++, out += plane) for (let r = 0, d = out; r < h; r++, d += row, from += floats(w)) copyFloats(from, d, w);
}

// @ts-ignore: decorator
@inline function imagesOfBlock(shape: ConvShape): i32 { return min(shape.n, max(1, TILES / (ceilDiv(shape.oh, 4) * ceilDiv(shape.ow, 4)))); }

/** Blocks of images: no more parts of the batch than these make sense. */
export function winogradWeightGradBlocks(shape: ConvShape): i32 { return ceilDiv(shape.n, imagesOfBlock(shape)); }

/** Bytes of the sums of one part. */
export function winogradWeightGradBytes(shape: ConvShape): usize { return 36 * mStep(shape.k, shape.c); }

/** The 36 sums [K, C] of each of `parts` parts of the batch, at `sums`. Units are panels of input channels, part after part. */
export function winogradWeightGrad(shape: ConvShape, x: usize, g: usize, sums: usize, parts: i32, from: i32, to: i32): void {
  resetScratch();
  const N = shape.n, C = shape.c, H = shape.h, W = shape.w, K = shape.k, OH = shape.oh, OW = shape.ow, Cp = roundUp(C, 4), Kp = roundUp(K, 4);
  const TH = ceilDiv(OH, 4), TW = ceilDiv(OW, 4), T = TH * TW, Hp = 4 * TH + 2, Wp = 4 * TW + 2;
  const group = imagesOfBlock(shape), blocks = ceilDiv(N, group), block = min(group * T, TILES), panels = ceilDiv(C, NR), step = mStep(K, C);
  // Rounded up to whole vectors by planes of zeros.
  const xPlane = floats(Hp * Wp), xRow = floats(Wp), xs = zeros(group * Cp * Hp * Wp);
  const gPlane = floats(TH * TW * 16), gRow = floats(TW * 4), gs = zeros(group * Kp * T * 16);
  const vStep = floats(block * roundUp(C, NR)) + GAP, V = scratch(36 * vStep), uStep = floats(block * Kp) + GAP, U = scratch(36 * uStep);
  for (let unit = from; unit < to; ) {
    const part = unit / panels, j0 = unit % panels * NR, j1 = min(C, j0 + (to - unit) * NR), M = sums + 36 * step * <usize>part;
    unit += ceilDiv(j1 - j0, NR);
    const b0 = blocks * part / parts, b1 = blocks * (part + 1) / parts;
    for (let b = b0; b < b1; b++) {
      const n = b * group, images = min(group, N - n), tiles = images * T;
      for (let i = 0; i < images; i++) {
        copyPlanes(x + floats(((n + i) * C + j0) * H * W), j1 - j0, H, W, xs + <usize>(i * Cp + j0) * xPlane + <usize>shape.pt * xRow + floats(shape.pl), xPlane, xRow);
        copyPlanes(g + floats((n + i) * K * OH * OW), K, OH, OW, gs + <usize>(i * Kp) * gPlane, gPlane, gRow);
      }
      for (let t0 = 0; t0 < tiles; t0 += block) {
        const count = min(block, tiles - t0);
        for (let t = 0; t < count; t++) {
          const q = t0 + t, i = q / T, ty = q % T / TW, tx = q % TW;
          let p = xs + <usize>(i * Cp + j0) * xPlane + <usize>(4 * ty) * xRow + floats(4 * tx);
          for (let c = j0; c < j1; c += 4, p += 4 * xPlane)
            transformTiles(p, p + xPlane, p + 2 * xPlane, p + 3 * xPlane, xRow, V + floats((c / NR * count + t) * NR + c % NR), vStep);
          p = gs + <usize>(i * Kp) * gPlane + <usize>(4 * ty) * gRow + floats(4 * tx);
          for (let k = 0; k < K; k += 4, p += 4 * gPlane) transformGrads(p, gPlane, gRow, U + floats(k * count + 4 * t), uStep);
        }
        for (let xi = 0; xi < 36; xi++) {
          const u = U + <usize>xi * uStep, v = V + <usize>xi * vStep, m = M + <usize>xi * step;
          for (let j = j0; j < j1; j += NR) macro(u, v + floats(j * count), K, min(NR, C - j), count, m + floats(j), C, b > b0 || t0 > 0, 0);
        }
      }
    }
  }
}
