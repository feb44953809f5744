// Convolution with 3×3 kernels at stride 1 by Winograd's F(4×4, 3×3) (Lavin and Gray 2016): tiles of 6×6 inputs and 4×4 outputs,
// 36 matrix products [K, C] · [C, tiles], and a quarter of the multiplications. A vector holds one element of four tiles, so
// the transforms serve any plane size; tiles of several images form one block.
// Relative error (RMS) 2e-6, where direct sums have 3e-7.
import { ceilDiv, floats, fma, roundUp, splat, storeTransposed, copyFloats } from "../simd";
import { blockSize, KC, macro, MR, NR, wholePanels } from "../gemm";
import { resetScratch, scratch, tile } from "../scratch";
import { activate, Activation } from "../activation";
import { ConvShape } from "./shape";
import { zeros } from "./tables";

/** Tiles of one block: nine panels. */
export const TILES: i32 = 144;
export const GRID: usize = 1024; // scratch tile: 36 vectors
const ROWS: usize = 1664; // 4 vectors
const TAPS: usize = 1792; // 9 vectors
/** Gap between the 36 matrices, which would otherwise share cache sets. */
export const GAP: usize = 64;

/** One row of Bᵀ · d. */
// @ts-ignore: decorator
@inline function inputRow(d0: v128, d1: v128, d2: v128, d3: v128, d4: v128, d5: v128, out: usize, step: usize): void {
  const a = fma(splat(-4), d2, d4), b = fma(splat(-4), d1, d3), c = f32x4.sub(d4, d2), e = f32x4.sub(d3, d1);
  v128.store(out, fma(splat(4), d0, fma(splat(-5), d2, d4)));
  v128.store(out + step, f32x4.add(a, b));
  v128.store(out + 2 * step, f32x4.sub(a, b));
  v128.store(out + 3 * step, fma(splat(2), e, c));
  v128.store(out + 4 * step, fma(splat(-2), e, c));
  v128.store(out + 5 * step, fma(splat(4), d1, fma(splat(-5), d3, d5)));
}

/** Transforms the four input tiles at p0..p3 to one vector of each of the 36 matrices. */
export function transformTiles(p0: usize, p1: usize, p2: usize, p3: usize, row: usize, out: usize, step: usize): void {
  const grid = tile(GRID);
  for (let t = grid; t < grid + 576; t += 96) {
    const a = v128.load(p0), b = v128.load(p1), c = v128.load(p2), d = v128.load(p3);
    const ab0 = v128.shuffle<f32>(a, b, 0, 4, 1, 5), ab1 = v128.shuffle<f32>(a, b, 2, 6, 3, 7);
    const cd0 = v128.shuffle<f32>(c, d, 0, 4, 1, 5), cd1 = v128.shuffle<f32>(c, d, 2, 6, 3, 7);
    const e = v128.load64_lane(p1 + 16, v128.load64_zero(p0 + 16), 1), f = v128.load64_lane(p3 + 16, v128.load64_zero(p2 + 16), 1);
    inputRow(
      v128.shuffle<f32>(ab0, cd0, 0, 1, 4, 5), v128.shuffle<f32>(ab0, cd0, 2, 3, 6, 7),
      v128.shuffle<f32>(ab1, cd1, 0, 1, 4, 5), v128.shuffle<f32>(ab1, cd1, 2, 3, 6, 7),
      v128.shuffle<f32>(e, f, 0, 2, 4, 6), v128.shuffle<f32>(e, f, 1, 3, 5, 7), t, 16);
    p0 += row; p1 += row; p2 += row; p3 += row;
  }
  for (let t = grid; t < grid + 96; t += 16, out += step)
    inputRow(v128.load(t), v128.load(t, 96), v128.load(t, 192), v128.load(t, 288), v128.load(t, 384), v128.load(t, 480), out, 6 * step);
}

/** An output tile: byte offset, valid rows and valid columns. */
const TILE: usize = 12;

/** Four tiles of one output channel from their vectors in the 36 products. */
function untransformTiles(m: usize, step: usize, y: usize, tiles: usize, row: usize, bias: v128, act: Activation | null): void {
  const grid = tile(GRID), rows = tile(ROWS);
  for (let t = grid; t < grid + 96; t += 16, m += step) {
    const s = 6 * step, m0 = v128.load(m), m1 = v128.load(m + s), m2 = v128.load(m + 2 * s), m3 = v128.load(m + 3 * s);
    const m4 = v128.load(m + 4 * s), m5 = v128.load(m + 5 * s);
    const s1 = f32x4.add(m1, m2), d1 = f32x4.sub(m1, m2), s2 = f32x4.add(m3, m4), d2 = f32x4.sub(m3, m4);
    v128.store(t, f32x4.add(m0, f32x4.add(s1, s2)));
    v128.store(t, fma(splat(2), d2, d1), 96);
    v128.store(t, fma(splat(4), s2, s1), 192);
    v128.store(t, f32x4.add(m5, fma(splat(8), d2, d1)), 288);
  }
  const y0 = y + load<i32>(tiles), y1 = y + load<i32>(tiles, 12), y2 = y + load<i32>(tiles, 24), y3 = y + load<i32>(tiles, 36);
  const full = load<i32>(tiles, 8) + load<i32>(tiles, 20) + load<i32>(tiles, 32) + load<i32>(tiles, 44) == 16;
  const kind = act ? act.kind : 0, low = splat(act ? act.low : 0), high = splat(act ? act.high : 0);
  for (let i = 0; i < 4; i++) {
    const t = grid + i * 96, o = <usize>i * row;
    const m0 = v128.load(t), m1 = v128.load(t, 16), m2 = v128.load(t, 32), m3 = v128.load(t, 48), m4 = v128.load(t, 64), m5 = v128.load(t, 80);
    const s1 = f32x4.add(m1, m2), d1 = f32x4.sub(m1, m2), s2 = f32x4.add(m3, m4), d2 = f32x4.sub(m3, m4);
    let r0 = f32x4.add(bias, f32x4.add(m0, f32x4.add(s1, s2))), r1 = f32x4.add(bias, fma(splat(2), d2, d1));
    let r2 = f32x4.add(bias, fma(splat(4), s2, s1)), r3 = f32x4.add(bias, f32x4.add(m5, fma(splat(8), d2, d1)));
    if (kind) {
      r0 = activate(r0, kind, low, high); r1 = activate(r1, kind, low, high);
      r2 = activate(r2, kind, low, high); r3 = activate(r3, kind, low, high);
    }
    storeTransposed(r0, r1, r2, r3, rows, 16);
    if (full) {
      if (i < load<i32>(tiles, 4)) v128.store(y0 + o, v128.load(rows));
      if (i < load<i32>(tiles, 16)) v128.store(y1 + o, v128.load(rows, 16));
      if (i < load<i32>(tiles, 28)) v128.store(y2 + o, v128.load(rows, 32));
      if (i < load<i32>(tiles, 40)) v128.store(y3 + o, v128.load(rows, 48));
    } else for (let q = 0; q < 4; q++) {
      const at = tiles + q * TILE;
      if (i < load<i32>(at, 4)) for (let j = 0; j < load<i32>(at, 8); j++)
        store<f32>(y + load<i32>(at) + o + floats(j), load<f32>(rows + (q << 4) + floats(j)));
    }
  }
}

/** One row of G · w, of four filters. */
// @ts-ignore: decorator
@inline function weightRow(a: v128, b: v128, c: v128, out: usize, step: usize): void {
  const e = f32x4.mul(f32x4.add(a, c), splat(-1.0 / 6)), f = fma(a, splat(1.0 / 24), f32x4.mul(c, splat(1.0 / 6)));
  const g = f32x4.mul(b, splat(1.0 / 6)), h = f32x4.mul(b, splat(1.0 / 12));
  v128.store(out, f32x4.mul(a, splat(0.25)));
  v128.store(out + step, f32x4.sub(e, g));
  v128.store(out + 2 * step, f32x4.add(e, g));
  v128.store(out + 3 * step, f32x4.add(f, h));
  v128.store(out + 4 * step, f32x4.sub(f, h));
  v128.store(out + 5 * step, c);
}

/** A convolution in terms of Winograd's method, or its input gradient: a convolution of g, turned by 180°, padded by 2 − padding. */
@unmanaged class Winograd {
  N: i32; C: i32; H: i32; W: i32; K: i32; OH: i32; OW: i32; top: i32; left: i32; flip: bool;
  kb: i32; // channels of one block
  uStep: usize; // from one matrix of weights to the next
  TH: i32; TW: i32; // tiles of an image
  group: i32; // images whose tiles form a block
  panels: i32; // of such a block
}

function winogradOf(shape: ConvShape, flip: bool): Winograd {
  const w = changetype<Winograd>(scratch(offsetof<Winograd>()));
  w.N = shape.n; w.flip = flip;
  w.C = flip ? shape.k : shape.c; w.H = flip ? shape.oh : shape.h; w.W = flip ? shape.ow : shape.w;
  w.K = flip ? shape.c : shape.k; w.OH = flip ? shape.h : shape.oh; w.OW = flip ? shape.w : shape.ow;
  w.top = flip ? 2 - shape.pt : shape.pt; w.left = flip ? 2 - shape.pl : shape.pl;
  w.kb = blockSize(w.C, KC);
  w.uStep = floats(wholePanels(w.K) * w.C) + GAP;
  w.TH = ceilDiv(w.OH, 4); w.TW = ceilDiv(w.OW, 4);
  w.group = min(w.N, max(1, TILES / (w.TH * w.TW)));
  w.panels = ceilDiv(w.group * w.TH * w.TW, NR);
  return w;
}

/** Bytes of the transformed weights. */
export function winogradPacked(shape: ConvShape, flip: bool): usize {
  resetScratch();
  return 36 * winogradOf(shape, flip).uStep;
}

/** Units of `winograd`. */
export function winogradUnits(shape: ConvShape, flip: bool): i32 {
  resetScratch();
  const w = winogradOf(shape, flip);
  return w.N / w.group * w.panels + ceilDiv(w.N % w.group * w.TH * w.TW, NR);
}

/**
 * 36 matrices [K, C], packed as GEMM reads them in blocks of `kb` channels. `flip`: for the input gradient w is [C, K, 3, 3] with C its
 * reduced channels, and taps are turned by 180°. Units are panels of filters.
 */
export function winogradPack(shape: ConvShape, w: usize, flip: bool, out: usize, from: i32, to: i32): void {
  resetScratch();
  const d = winogradOf(shape, flip), C = d.C, K = d.K, kb = d.kb, step = d.uStep;
  const grid = tile(GRID), taps = tile(TAPS), Kp = wholePanels(K), filter = floats(flip ? 9 : C * 9), channel = floats(flip ? K * 9 : 9);
  for (let k = from * MR; k < min(K, to * MR); k += MR) {
    // Filters that the last panel lacks repeat its first: these twins are never stored.
    const p = w + <usize>k * filter, f1 = k + 1 < K ? filter : 0, f2 = k + 2 < K ? 2 * filter : 0, f3 = k + 3 < K ? 3 * filter : 0;
    for (let c = 0; c < C; c++) {
      const p0 = p + <usize>c * channel, p1 = p0 + f1, p2 = p0 + f2, p3 = p0 + f3;
      storeTransposed(v128.load(p0), v128.load(p1), v128.load(p2), v128.load(p3), taps, 16);
      storeTransposed(v128.load(p0, 16), v128.load(p1, 16), v128.load(p2, 16), v128.load(p3, 16), taps + 64, 16);
      store<f32>(taps + 128, load<f32>(p0, 32)); store<f32>(taps + 132, load<f32>(p1, 32));
      store<f32>(taps + 136, load<f32>(p2, 32)); store<f32>(taps + 140, load<f32>(p3, 32));
      for (let s: usize = 0; s < 48; s += 16) {
        const t = flip ? taps + 128 - s : taps + s, down: usize = flip ? -48 : 48;
        weightRow(v128.load(t), v128.load(t + down), v128.load(t + 2 * down), grid + s, 48);
      }
      const block = c / kb * kb, kc = min(kb, C - block);
      let o = out + floats(block * Kp + k * kc + (c - block) * MR);
      for (let t = grid; t < grid + 288; t += 48, o += 6 * step) weightRow(v128.load(t), v128.load(t, 16), v128.load(t, 32), o, step);
    }
  }
}

/** y[n, K, OH, OW] from x[n, C, H, W] and transformed weights U. bias may be 0. Units are panels of tiles. */
export function winograd(shape: ConvShape, x: usize, U: usize, flip: bool, bias: usize, y: usize, from: i32, to: i32): void {
  resetScratch();
  const d = winogradOf(shape, flip), N = d.N, C = d.C, H = d.H, W = d.W, K = d.K, OH = d.OH, OW = d.OW, kb = d.kb, uStep = d.uStep, Kp = wholePanels(K);
  const act = shape.activation();
  const TH = d.TH, TW = d.TW, T = TH * TW, Hp = 4 * TH + 2, Wp = 4 * TW + 2, group = d.group;
  const plane = floats(Hp * Wp), image = plane * C, src = zeros(group * C * Hp * Wp), row = floats(Wp);
  const Tp = roundUp(group * T, NR), block = min(Tp, TILES);
  const tilesIn = scratch(floats(Tp)), tilesOut = scratch(<usize>Tp * TILE);
  for (let t = 0; t < Tp; t++) {
    const q = min(t, group * T - 1), n = q / T, ty = q % T / TW, tx = q % TW, o = tilesOut + <usize>t * TILE;
    store<i32>(tilesIn + floats(t), <i32>(<usize>n * image) + ((ty * 4 * Wp + tx * 4) << 2));
    store<i32>(o, (n * K * OH * OW + ty * 4 * OW + tx * 4) << 2);
    store<i32>(o, t < group * T ? min(4, OH - ty * 4) : 0, 4);
    store<i32>(o, min(4, OW - tx * 4), 8);
  }
  const vStep = floats(block * C) + GAP, V = scratch(36 * vStep), mStep = floats(block * K) + GAP, M = scratch(36 * mStep);
  for (let unit = from; unit < to; ) {
    const n = unit / d.panels * group, images = min(group, N - n), first = unit % d.panels * NR, tiles = min(images * T, first + (to - unit) * NR);
    unit += ceilDiv(tiles - first, NR);
    for (let t = images * T; t < group * T; t++) store<i32>(tilesOut + <usize>t * TILE, 0, 4); // the last images may be fewer
    // The rows that these tiles read.
    const h0 = images > 1 ? 0 : max(0, first / TW * 4 - d.top), h1 = images > 1 ? H : min(H, (tiles - 1) / TW * 4 + 6 - d.top);
    for (let i = 0; i < images * C; i++) {
      let p = x + floats(((n * C + i) * H + h0) * W), o = src + <usize>i * plane + <usize>(h0 + d.top) * row + floats(d.left);
      for (let h = h0; h < h1; h++, o += row, p += floats(W)) copyFloats(p, o, W);
    }
    for (let t0 = first; t0 < tiles; t0 += block) {
      const count = min(block, roundUp(tiles - t0, 4));
      for (let t = 0; t < count; t += 4) {
        let o = V + floats(t / NR * C * NR + t % NR), s = src;
        const i = tilesIn + floats(t0 + t), i0 = load<i32>(i), i1 = load<i32>(i, 4), i2 = load<i32>(i, 8), i3 = load<i32>(i, 12);
        for (let c = 0; c < C; c++, o += NR << 2, s += plane) transformTiles(s + i0, s + i1, s + i2, s + i3, row, o, vStep);
      }
      for (let xi = 0; xi < 36; xi++) {
        const u = U + <usize>xi * uStep, v = V + <usize>xi * vStep, m = M + <usize>xi * mStep;
        for (let c = 0; c < C; c += kb) {
          const kc = min(kb, C - c);
          for (let j = 0; j < count; j += NR) macro(u + floats(Kp * c), v + floats(j * C + c * NR), K, NR, kc, m + floats(j), block, c > 0, 0);
        }
      }
      const yn = y + floats(n * K * OH * OW);
      for (let k = 0; k < K; k++) {
        const b = bias ? v128.load32_splat(bias + floats(k)) : splat(0), yk = yn + floats(k * OH * OW);
        for (let t = 0; t < count; t += 4) {
          const at = tilesOut + <usize>(t0 + t) * TILE;
          untransformTiles(M + floats(k * block + t), mStep, yk, at, floats(OW), b, act);
        }
      }
    }
  }
}
