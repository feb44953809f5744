// Convolution where each group has one input channel, any kernel, stride and dilation, along flat rows (planes.ts). A group's outputs
// are `multiplier` planes.
import { copyFloats, floats, fma, splat, storeLanes, sumLanes } from "../simd";
import { resetScratch, scratch } from "../scratch";
import { ConvShape } from "./shape";
import { activateFloats } from "../activation";
import { copyPadded, zeros } from "./tables";
import { strips } from "./depthwise-3x3";
import { copyIntoPhases, dropColumns, flatScratch, joinRow, layPlanes } from "./planes";
import { gradBorder, Phase, preparePhase, scatterPhase } from "./conv2d-input-grad";

/** out[j] = start, or what is there (`add`), + Σ over taps of weights[t] · src[j + tap[t]]; written up to a multiple of 24. */
function stencil(src: usize, length: i32, tap: usize, weights: usize, taps: i32, start: v128, add: bool, out: usize): void {
  const last = tap + floats(taps), end = out + floats(length);
  for (; out < end; out += 96, src += 96) {
    let a = start, b = a, c = a, d = a, e = a, f = a, w = weights;
    if (add) {
      a = v128.load(out); b = v128.load(out, 16); c = v128.load(out, 32); d = v128.load(out, 48); e = v128.load(out, 64); f = v128.load(out, 80);
    }
    for (let t = tap; t < last; t += 4, w += 4) { // six sums hide the latency of the multiply-add; eight would spill
      const p = src + load<i32>(t), k = v128.load32_splat(w);
      a = fma(k, v128.load(p), a); b = fma(k, v128.load(p, 16), b); c = fma(k, v128.load(p, 32), c);
      d = fma(k, v128.load(p, 48), d); e = fma(k, v128.load(p, 64), e); f = fma(k, v128.load(p, 80), f);
    }
    v128.store(out, a); v128.store(out, b, 16); v128.store(out, c, 32); v128.store(out, d, 48); v128.store(out, e, 64); v128.store(out, f, 80);
  }
}

/** Whether strips serve: a 3×3 kernel without dilation at a stride of at most `most`, and at least one whole strip. */
function isForStrips(shape: ConvShape, width: i32, most: i32): bool {
  return shape.kh == 3 && shape.kw == 3 && shape.dh == 1 && shape.dw == 1 && shape.sh == shape.sw && shape.sh <= most && width >= 4;
}

/** Units are planes of x. */
export function depthwise(shape: ConvShape, x: usize, w: usize, bias: usize, y: usize, from: i32, to: i32): void {
  resetScratch();
  depthwisePlanes(shape, x, w, shape.kh * shape.kw, bias, 0, y, from, to);
}

/** y[p] /= counts[p] */
function divide(y: usize, counts: usize, n: i32): void {
  for (; n > 0; n -= 4, y += 16, counts += 16) {
    const v = f32x4.div(v128.load(y), v128.load(counts));
    if (n >= 4) v128.store(y, v); else storeLanes(y, v, n);
  }
}

/** Plane k has its weights at w + k · wStep floats; results are divided by `counts` where that is not 0. */
export function depthwisePlanes(shape: ConvShape, x: usize, w: usize, wStep: i32, bias: usize, counts: usize, y: usize, from: i32, to: i32): void {
  const C = shape.c, multiplier = shape.k / C, P = shape.oh * shape.ow;
  const p = layPlanes(shape, 0), flat = flatScratch(p.length), row = floats(p.width);
  const byStrips = !counts && isForStrips(shape, shape.ow, 2), half = floats(p.phase), odd = shape.sh == 2 ? 2 * half : 0;
  x += floats(from * shape.h * shape.w); y += floats(from * multiplier * P);
  for (let i = from; i < to; i++, x += floats(shape.h * shape.w)) {
    copyIntoPhases(x, shape, p);
    for (let m = 0; m < multiplier; m++, y += floats(P)) {
      const k = i % C * multiplier + m, start = bias ? v128.load32_splat(bias + floats(k)) : splat(0), wk = w + floats(k * wStep);
      if (byStrips) {
        strips(p.plane, row, odd, half, wk, start, y, shape.oh, shape.ow);
        activateFloats(y, P, shape.activation());
        continue;
      }
      stencil(p.plane, p.length, p.tap, wk, p.taps, start, false, flat);
      dropColumns(flat, p.width, y, shape.oh, shape.ow);
      if (counts) divide(y, counts, P); else activateFloats(y, P, shape.activation());
    }
  }
}

/** Units are planes of x. */
export function depthwiseInputGrad(shape: ConvShape, g: usize, w: usize, dx: usize, from: i32, to: i32): void {
  resetScratch();
  depthwisePlanesGrad(shape, g, w, shape.kh * shape.kw, 0, dx, from, to);
}

/** The gradient of `depthwisePlanes` for its input. */
export function depthwisePlanesGrad(shape: ConvShape, g: usize, w: usize, wStep: i32, counts: usize, dx: usize, from: i32, to: i32): void {
  const C = shape.c, H = shape.h, W = shape.w, multiplier = shape.k / C, P = shape.oh * shape.ow;
  const sh = min(shape.sh, H), sw = min(shape.sw, W), phases = sh * sw;
  const border = gradBorder(shape), list = scratch(<usize>phases * offsetof<Phase>()), width = border.width;
  let largest = 0;
  for (let f = 0; f < phases; f++) {
    const phase = changetype<Phase>(list + <usize>f * offsetof<Phase>());
    phase.weights = preparePhase(phase, shape, border, f / sw, f % sw, 1, 0);
    largest = max(largest, phase.ph * width);
  }
  const plane = border.height * width, padded = zeros(plane * multiplier + 64), flat = flatScratch(largest), other = flatScratch(largest);
  const taken = scratch(floats(shape.kh * shape.kw)), shared = counts ? scratch(floats(multiplier * P)) : 0;
  const byStrips = multiplier == 1 && isForStrips(shape, W, 1);
  g += floats(from * multiplier * P); dx += floats(from * H * W);
  for (let i = from; i < to; i++, g += floats(multiplier * P), dx += floats(H * W)) {
    if (counts) { copyFloats(g, shared, P); divide(shared, counts, P); }
    copyPadded(counts ? shared : g, multiplier, shape.oh, shape.ow, padded, border.height, width, border.top, border.left);
    for (let f = 0; f < phases; f++) {
      const phase = changetype<Phase>(list + <usize>f * offsetof<Phase>()), length = (phase.ph - 1) * width + phase.pw;
      const out = sw == 2 && f & 1 ? other : flat;
      for (let m = 0; m < multiplier; m++) {
        const wm = w + floats((i % C * multiplier + m) * wStep);
        if (byStrips) { // the kernel turned by 180°, from its last tap on
          for (let t = 0; t < 9; t++) store<f32>(taken + floats(t), load<f32>(wm + floats(8 - t)));
          strips(padded + load<i32>(phase.tap, 32), floats(width), 0, 0, taken, splat(0), dx, H, W);
          continue;
        }
        for (let t = 0; t < phase.taps; t++) store<f32>(taken + floats(t), load<f32>(wm + floats(load<i32>(phase.weights + floats(t)))));
        stencil(padded + floats(m * plane), length, phase.tap, taken, phase.taps, splat(0), m > 0, out);
      }
      if (byStrips) continue;
      if (phases == 1) dropColumns(flat, width, dx, H, W);
      else if (sw != 2) scatterPhase(flat, width, dx, phase, W, shape.sh, shape.sw);
      else if (f & 1) for (let r = 0; r < phase.ph; r++) joinRow(flat + floats(r * width), other + floats(r * width), dx + floats((r * shape.sh + phase.fh) * W), W);
    }
  }
}

/** sums[t] += Σ g[j] · src[j + tap[t]] for five taps: more sums than a multiply-add takes cycles, few enough not to spill. */
function addProducts5(src: usize, g: usize, length: i32, tap: usize, sums: usize): void {
  let p0 = src + load<i32>(tap), p1 = src + load<i32>(tap, 4), p2 = src + load<i32>(tap, 8), p3 = src + load<i32>(tap, 12), p4 = src + load<i32>(tap, 16);
  let a = v128.load(sums), b = v128.load(sums, 16), c = v128.load(sums, 32), d = v128.load(sums, 48), e = v128.load(sums, 64);
  for (let o: usize = 0, end = floats(length); o < end; o += 16) {
    const v = v128.load(g + o);
    a = fma(v, v128.load(p0 + o), a); b = fma(v, v128.load(p1 + o), b); c = fma(v, v128.load(p2 + o), c);
    d = fma(v, v128.load(p3 + o), d); e = fma(v, v128.load(p4 + o), e);
  }
  v128.store(sums, a); v128.store(sums, b, 16); v128.store(sums, c, 32); v128.store(sums, d, 48); v128.store(sums, e, 64);
}

function addProducts4(src: usize, g: usize, length: i32, tap: usize, sums: usize): void {
  const p0 = src + load<i32>(tap), p1 = src + load<i32>(tap, 4), p2 = src + load<i32>(tap, 8), p3 = src + load<i32>(tap, 12);
  let a = v128.load(sums), b = v128.load(sums, 16), c = v128.load(sums, 32), d = v128.load(sums, 48);
  for (let o: usize = 0, end = floats(length); o < end; o += 16) {
    const v = v128.load(g + o);
    a = fma(v, v128.load(p0 + o), a); b = fma(v, v128.load(p1 + o), b); c = fma(v, v128.load(p2 + o), c); d = fma(v, v128.load(p3 + o), d);
  }
  v128.store(sums, a); v128.store(sums, b, 16); v128.store(sums, c, 32); v128.store(sums, d, 48);
}

function addProducts1(src: usize, g: usize, length: i32, tap: usize, sums: usize): void {
  const p = src + load<i32>(tap);
  let a = v128.load(sums);
  for (let o: usize = 0, end = floats(length); o < end; o += 16) a = fma(v128.load(g + o), v128.load(p + o), a);
  v128.store(sums, a);
}

/** Planes are visited in memory order; each weight has a vector of sums, added up over all images. Units are channels of x. */
export function depthwiseWeightGrad(shape: ConvShape, x: usize, g: usize, dw: usize, from: i32, to: i32): void {
  resetScratch();
  const C = shape.c, multiplier = shape.k / C, P = shape.oh * shape.ow;
  const p = layPlanes(shape, 0), taps = p.taps, first = from * multiplier * taps, count = to * multiplier * taps - first, sums = zeros(count * 4);
  const flat = zeros(shape.oh * p.width + 16); // g with zeros behind each row
  for (let n = 0; n < shape.n; n++) for (let c = from; c < to; c++) {
    copyIntoPhases(x + floats((n * C + c) * shape.h * shape.w), shape, p);
    for (let m = 0; m < multiplier; m++) {
      const gm = g + floats(((n * C + c) * multiplier + m) * P);
      for (let r = 0; r < shape.oh; r++) copyFloats(gm + floats(r * shape.ow), flat + floats(r * p.width), shape.ow);
      let s = sums + floats(((c - from) * multiplier + m) * taps * 4), t = 0;
      for (; t + 5 <= taps; t += 5, s += 80) addProducts5(p.plane, flat, p.length, p.tap + floats(t), s);
      for (; t + 4 <= taps; t += 4, s += 64) addProducts4(p.plane, flat, p.length, p.tap + floats(t), s);
      for (; t < taps; t++, s += 16) addProducts1(p.plane, flat, p.length, p.tap + floats(t), s);
    }
  }
  for (let t = 0; t < count; t++) store<f32>(dw + floats(first + t), sumLanes(v128.load(sums + (<usize>t << 4))));
}
