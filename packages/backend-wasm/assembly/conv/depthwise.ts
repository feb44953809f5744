// Convolution where each group has one input channel, any kernel, stride and dilation: plane by plane through scratch
// that stays in L1, in the column and tap tables of the other paths. A group's outputs are `multiplier` planes.
import { floats, fma, gather4, loadEven, splat, storeLanes, sumLanes, copyFloats } from "../simd";
import { resetScratch, scratch } from "../scratch";
import { ConvShape } from "./shape";
import { columnTable, CONTIGUOUS, copyPadded, EVEN, kindsOf, tapTable, zeros } from "./tables";
import { gradBorder, Phase, preparePhase, scatterPhase } from "./conv2d-input-grad";

// @ts-ignore: decorator
@inline function load4(src: usize, cg: usize, kind: u8): v128 {
  return kind == CONTIGUOUS ? v128.load(src + load<i32>(cg)) : kind == EVEN ? loadEven(src + load<i32>(cg)) : gather4(src, cg);
}

/** out[P] (+)= bias + Σ over taps of weights[t] · src[col[j] + tap[t]]. */
function stencil(src: usize, col: usize, kinds: usize, P: i32, tap: usize, weights: usize, taps: i32, start: v128, add: bool, out: usize): void {
  const end = tap + floats(taps);
  for (let j = 0; j < P; j += 4, col += 16, kinds++, out += 16) {
    let sum = add ? v128.load(out) : start, w = weights;
    const kind = load<u8>(kinds), base = src + load<i32>(col);
    if (kind == CONTIGUOUS) for (let t = tap; t < end; t += 4, w += 4) sum = fma(v128.load32_splat(w), v128.load(base + load<i32>(t)), sum);
    else if (kind == EVEN) for (let t = tap; t < end; t += 4, w += 4) sum = fma(v128.load32_splat(w), loadEven(base + load<i32>(t)), sum);
    else for (let t = tap; t < end; t += 4, w += 4) sum = fma(v128.load32_splat(w), gather4(src + load<i32>(t), col), sum);
    if (P - j >= 4) v128.store(out, sum); else storeLanes(out, sum, P - j);
  }
}

export function depthwise(shape: ConvShape, x: usize, w: usize, bias: usize, y: usize): void {
  resetScratch();
  depthwisePlanes(shape, x, w, shape.kh * shape.kw, bias, 0, y);
}

/** y[p] /= counts[p] */
function divide(y: usize, counts: usize, n: i32): void {
  for (; n > 0; n -= 4, y += 16, counts += 16) {
    const v = f32x4.div(v128.load(y), v128.load(counts));
    if (n >= 4) v128.store(y, v); else storeLanes(y, v, n);
  }
}

/** Plane k has its weights at w + k · wStep floats; results are divided by `counts` where that is not 0. */
export function depthwisePlanes(shape: ConvShape, x: usize, w: usize, wStep: i32, bias: usize, counts: usize, y: usize): void {
  const C = shape.c, H = shape.h, W = shape.w, multiplier = shape.k / C, kernel = shape.kh * shape.kw, P = shape.oh * shape.ow;
  const Hp = H + shape.pt + shape.pb, Wp = W + shape.pl + shape.pr, planes = shape.n * C;
  const tap = tapTable(1, shape.kh, shape.kw, Hp, Wp, shape.dh, shape.dw);
  const col = columnTable(1, 0, shape.oh, shape.ow, shape.sh * Wp, shape.sw), kinds = kindsOf(col, P);
  const padded = Hp != H || Wp != W, border = padded ? zeros(Hp * Wp) : 0;
  for (let i = 0; i < planes; i++, x += floats(H * W)) {
    if (padded) copyPadded(x, 1, H, W, border, Hp, Wp, shape.pt, shape.pl);
    for (let m = 0; m < multiplier; m++, y += floats(P)) {
      const k = i % C * multiplier + m;
      stencil(padded ? border : x, col, kinds, P, tap, w + floats(k * wStep), kernel, bias ? v128.load32_splat(bias + floats(k)) : splat(0), false, y);
      if (counts) divide(y, counts, P);
    }
  }
}

export function depthwiseInputGrad(shape: ConvShape, g: usize, w: usize, dx: usize): void {
  resetScratch();
  depthwisePlanesGrad(shape, g, w, shape.kh * shape.kw, 0, dx);
}

/** The gradient of `depthwisePlanes` for its input. */
export function depthwisePlanesGrad(shape: ConvShape, g: usize, w: usize, wStep: i32, counts: usize, dx: usize): void {
  const C = shape.c, H = shape.h, W = shape.w, multiplier = shape.k / C, kernel = shape.kh * shape.kw, P = shape.oh * shape.ow;
  const sh = min(shape.sh, H), sw = min(shape.sw, W), phases = sh * sw, planes = shape.n * C;
  const border = gradBorder(shape), list = scratch(<usize>phases * offsetof<Phase>());
  let largest = 0;
  for (let f = 0; f < phases; f++) {
    const phase = changetype<Phase>(list + <usize>f * offsetof<Phase>());
    phase.weights = preparePhase(phase, shape, border, f / sw, f % sw, 1, 0);
    phase.col = columnTable(1, 0, phase.ph, phase.pw, border.width, 1);
    largest = max(largest, phase.ph * phase.pw);
  }
  const plane = border.height * border.width, padded = zeros(plane * multiplier);
  const taken = scratch(floats(kernel)), rows = scratch(floats(largest)), shared = counts ? scratch(floats(multiplier * P)) : 0;
  for (let i = 0; i < planes; i++, g += floats(multiplier * P), dx += floats(H * W)) {
    if (counts) { copyFloats(g, shared, P); divide(shared, counts, P); }
    copyPadded(counts ? shared : g, multiplier, shape.oh, shape.ow, padded, border.height, border.width, border.top, border.left);
    for (let f = 0; f < phases; f++) {
      const phase = changetype<Phase>(list + <usize>f * offsetof<Phase>()), total = phase.ph * phase.pw;
      const out = phases == 1 ? dx : rows;
      for (let m = 0; m < multiplier; m++) {
        const wm = w + floats((i % C * multiplier + m) * wStep);
        for (let t = 0; t < phase.taps; t++) store<f32>(taken + floats(t), load<f32>(wm + floats(load<i32>(phase.weights + floats(t)))));
        stencil(padded + floats(m * plane), phase.col, kindsOf(phase.col, total), total, phase.tap, taken, phase.taps, splat(0), m > 0, out);
      }
      if (phases > 1) scatterPhase(rows, dx, 1, phase, H, W, shape.sh, shape.sw);
    }
  }
}

/** Planes are visited in memory order; each weight has a vector of sums, added up over all images. */
export function depthwiseWeightGrad(shape: ConvShape, x: usize, g: usize, dw: usize): void {
  resetScratch();
  const C = shape.c, H = shape.h, W = shape.w, multiplier = shape.k / C, kernel = shape.kh * shape.kw, P = shape.oh * shape.ow;
  const Hp = H + shape.pt + shape.pb, Wp = W + shape.pl + shape.pr, planes = shape.n * C, count = shape.k * kernel;
  const tap = tapTable(1, shape.kh, shape.kw, Hp, Wp, shape.dh, shape.dw);
  const col = columnTable(1, 0, shape.oh, shape.ow, shape.sh * Wp, shape.sw), kinds = kindsOf(col, P);
  const border = zeros(Hp * Wp), rest = P & 3, grad = zeros(P + 4), sums = zeros(count * 4);
  for (let i = 0; i < planes; i++, x += floats(H * W)) {
    copyPadded(x, 1, H, W, border, Hp, Wp, shape.pt, shape.pl);
    for (let m = 0; m < multiplier; m++, g += floats(P)) {
      let gp = g;
      if (rest) { copyFloats(g, grad, P); gp = grad; } // zeros behind the last pixel
      let s = sums + floats((i % C * multiplier + m) * kernel * 4);
      for (let t = 0; t < kernel; t++, s += 16) {
        const src = border + load<i32>(tap + floats(t));
        let sum = v128.load(s), cg = col, kind = kinds;
        for (let p = gp, end = gp + floats(P); p < end; p += 16, cg += 16, kind++) sum = fma(v128.load(p), load4(src, cg, load<u8>(kind)), sum);
        v128.store(s, sum);
      }
    }
  }
  for (let t = 0; t < count; t++) store<f32>(dw + floats(t), sumLanes(v128.load(sums + (<usize>t << 4))));
}
