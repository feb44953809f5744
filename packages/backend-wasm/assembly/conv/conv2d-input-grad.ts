// Gradient of conv2d for its input, without a col buffer: input pixels of one phase (row % stride, column % stride) form a
// stride-1 convolution of g with the taps r where (row + padding − r · dilation) % stride = 0. No flop is wasted.
import { ceilDiv, floats, floorDiv } from "../simd";
import { resetScratch, scratch } from "../scratch";
import { ConvShape } from "./shape";
import { columnTable, copyPaddedRows, kindsOf, zeros } from "./tables";
import { MR, NR } from "../gemm";
import { implicitGemm, packedSize, packWeightsAt, panelScratch } from "./implicit-gemm";
import { imagesPerBlock, panelsOf, scatterColumns } from "./conv2d";

/** One phase, prepared once for all images and groups. */
@unmanaged export class Phase {
  fh: i32; fw: i32; // first row and column
  ph: i32; pw: i32; // its grid
  taps: i32;
  tap: usize; // byte offsets into the padded planes of g
  col: usize;
  weights: usize; // packed (conv2d) or their offsets (depthwise)
}

/** Zeros around g, so every tap of every phase is readable. */
@unmanaged export class GradBorder { top: i32; left: i32; height: i32; width: i32; needed: i32; }

export function gradBorder(shape: ConvShape): GradBorder {
  const b = changetype<GradBorder>(scratch(offsetof<GradBorder>()));
  b.top = max(0, -floorDiv(shape.pt - shape.dh * (shape.kh - 1), shape.sh));
  b.left = max(0, -floorDiv(shape.pl - shape.dw * (shape.kw - 1), shape.sw));
  const bottom = max(0, (shape.h - 1 + shape.pt) / shape.sh - (shape.oh - 1));
  const right = max(0, (shape.w - 1 + shape.pl) / shape.sw - (shape.ow - 1));
  b.height = b.top + shape.oh + bottom;
  b.width = b.left + shape.ow + right;
  b.needed = b.top | b.left | bottom | right;
  return b;
}

/**
 * Fills a phase with its taps over `planes` planes of g. `offsets` gets each tap's place in w, in floats, where one plane's
 * kernel is `planeStep` floats from the next.
 */
export function preparePhase(phase: Phase, shape: ConvShape, border: GradBorder, fh: i32, fw: i32, planes: i32, planeStep: i32): usize {
  const most = planes * shape.kh * shape.kw, offsets = scratch(floats(most));
  phase.fh = fh;
  phase.fw = fw;
  phase.ph = ceilDiv(shape.h - fh, shape.sh);
  phase.pw = ceilDiv(shape.w - fw, shape.sw);
  phase.tap = scratch(floats(most));
  let count = 0;
  for (let k = 0; k < planes; k++) for (let r = 0; r < shape.kh; r++) for (let s = 0; s < shape.kw; s++) {
    const th = fh + shape.pt - r * shape.dh, tw = fw + shape.pl - s * shape.dw;
    if (th % shape.sh || tw % shape.sw) continue;
    store<i32>(phase.tap + floats(count), ((k * border.height + th / shape.sh + border.top) * border.width + tw / shape.sw + border.left) << 2);
    store<i32>(offsets + floats(count), k * planeStep + r * shape.kw + s);
    count++;
  }
  phase.taps = count;
  return offsets;
}

/** Floats kept for one phase's packed weights for one group: as if it had all taps. */
function packedPhase(shape: ConvShape): i32 {
  return packedSize(shape.c / shape.groups, shape.k / shape.groups * shape.kh * shape.kw);
}

// @ts-ignore: decorator
@inline function phasesDown(shape: ConvShape): i32 { return min(shape.sh, shape.h); }
// @ts-ignore: decorator
@inline function phasesAcross(shape: ConvShape): i32 { return min(shape.sw, shape.w); }

/** Floats of the packed weights of all phases and groups. */
export function conv2dInputGradPacked(shape: ConvShape): i32 { return packedPhase(shape) * shape.groups * phasesDown(shape) * phasesAcross(shape); }

/** Units of `conv2dInputGrad`: panels of pixels, or whole images where there are several phases. */
export function conv2dInputGradUnits(shape: ConvShape): i32 {
  return phasesDown(shape) * phasesAcross(shape) == 1 ? panelsOf(shape.n, shape.h * shape.w) : shape.n;
}

/** Packs the weights of all phases. Units are panels of input channels of a group. */
export function conv2dInputGradPack(shape: ConvShape, w: usize, out: usize, from: i32, to: i32): void {
  resetScratch();
  const G = shape.groups, Cg = shape.c / G, Kg = shape.k / G, kernel = shape.kh * shape.kw, packed = floats(packedPhase(shape));
  const border = gradBorder(shape), sh = phasesDown(shape), sw = phasesAcross(shape), rows = ceilDiv(Cg, MR);
  const phase = changetype<Phase>(scratch(offsetof<Phase>()));
  for (let f = 0; f < sh * sw; f++) {
    const offsets = preparePhase(phase, shape, border, f / sw, f % sw, Kg, Cg * kernel);
    for (let unit = from; unit < to; ) {
      const i = unit / rows, first = unit % rows, last = min(rows, first + to - unit);
      packWeightsAt(w + floats(i * Kg * Cg * kernel), kernel, offsets, Cg, phase.taps, out + packed * (f * G + i), first, last);
      unit += last - first;
    }
  }
}

/** From packed weights `a`. */
export function conv2dInputGrad(shape: ConvShape, g: usize, a: usize, dx: usize, from: i32, to: i32): void {
  resetScratch();
  const N = shape.n, C = shape.c, H = shape.h, W = shape.w, K = shape.k, G = shape.groups;
  const Cg = C / G, Kg = K / G, kernel = shape.kh * shape.kw, P = shape.oh * shape.ow;
  const sh = phasesDown(shape), sw = phasesAcross(shape), phases = sh * sw, single = phases == 1, packed = floats(packedPhase(shape));
  const border = gradBorder(shape), planes = K * border.height * border.width;
  const block = single ? imagesPerBlock(N, H * W) : 1, panels = single ? ceilDiv(block * H * W, NR) : 1;

  const list = scratch(<usize>phases * offsetof<Phase>());
  let largest = 0;
  for (let f = 0; f < phases; f++) {
    const phase = changetype<Phase>(list + <usize>f * offsetof<Phase>());
    preparePhase(phase, shape, border, f / sw, f % sw, Kg, Cg * kernel);
    phase.col = columnTable(block, planes, phase.ph, phase.pw, border.width, 1);
    largest = max(largest, phase.ph * phase.pw * block);
  }
  const panel = panelScratch();
  const padded = border.needed ? zeros(planes * block) : 0;
  const rows = single && block == 1 ? 0 : scratch(floats(Cg * largest));
  let held = block;

  for (let unit = from; unit < to; ) {
    const n = unit / panels * block, images = min(block, N - n), gn = g + floats(n * K * P);
    const j0 = unit % panels * NR, j1 = single ? min(images * H * W, j0 + (to - unit) * NR) : 0;
    unit += single ? ceilDiv(j1 - j0, NR) : 1;
    if (padded) {
      const part = single && block == 1, first = part ? j0 / W + shape.pt - (shape.kh - 1) * shape.dh : 0, last = part ? (j1 - 1) / W + shape.pt + 1 : shape.oh;
      copyPaddedRows(gn, images * K, shape.oh, shape.ow, padded, border.height, border.width, border.top, border.left, first, last);
    }
    const src = padded ? padded : gn;
    for (let f = 0; f < phases; f++) {
      const phase = changetype<Phase>(list + <usize>f * offsetof<Phase>());
      const total = images * phase.ph * phase.pw, stop = single ? j1 : total;
      if (images != held) { phase.col = columnTable(images, planes, phase.ph, phase.pw, border.width, 1); held = images; }
      for (let i = 0; i < G; i++) {
        const out = dx + floats((n * C + i * Cg) * H * W), target = rows ? rows : out;
        if (phase.taps == 0) for (let c = 0; c < Cg; c++) memory.fill(target + floats(c * total + j0), 0, floats(stop - j0));
        else implicitGemm(a + packed * (f * G + i), Cg, phase.tap, phase.taps, src + floats(i * Kg * border.height * border.width),
          phase.col, kindsOf(phase.col, total), j0, stop, target, total, 0, panel);
        if (!single) for (let c = 0; c < Cg; c++) scatterPhase(rows + floats(c * total), phase.pw, out + floats(c * H * W), phase, W, shape.sh, shape.sw);
        else if (block > 1) scatterColumns(rows, total, out, j0, j1, Cg, H * W, C * H * W);
      }
    }
  }
}

/** Rows of a phase, `width` floats apart, to its pixels in one plane `out` of rows of W. */
export function scatterPhase(rows: usize, width: i32, out: usize, phase: Phase, W: i32, sh: i32, sw: i32): void {
  const pw = phase.pw, step = floats(sw);
  for (let i = 0; i < phase.ph; i++, rows += floats(width)) {
    let p = out + floats((i * sh + phase.fh) * W + phase.fw);
    for (let q = rows, end = rows + floats(pw); q < end; q += 4, p += step) store<f32>(p, load<f32>(q));
  }
}
