import { apply } from '../apply.ts';
import type { NumberArray } from '../dtype.ts';
import type { Op } from '../op.ts';
import { type Shape, showShape } from '../spec.ts';
import type { Tensor } from '../tensor.ts';
import { add } from './arithmetic.ts';
import { elements } from './elementwise.ts';
import { matmul } from './matmul.ts';
import { concat, pad, reshape, slice } from './movement.ts';
import { sum } from './reduction.ts';
import { type Padding, pair, sides, slidingLength } from './sliding-window.ts';

/** Stride, padding of the four sides, dilation and groups of a convolution. */
export interface Conv2dAttrs {
  /** Vertical and horizontal. */
  readonly stride: readonly [number, number];
  /** Zeros at the top, left, bottom and right. */
  readonly padding: readonly [number, number, number, number];
  readonly dilation: readonly [number, number];
  /** Number of independent groups of channels. */
  readonly groups: number;
}

function outputShape(x: Shape, w: Shape, { stride, padding, dilation, groups }: Conv2dAttrs): Shape {
  const [n, c, h, width] = x as [number, number, number, number];
  const [k, perGroup, kh, kw] = w as [number, number, number, number];
  if (x.length !== 4 || w.length !== 4)
    throw new Error(
      `conv2d expects [batch, channels, height, width] and [out, in, height, width], got ${showShape(x)} and ${showShape(w)}.`,
    );
  if (c !== perGroup * groups || k % groups)
    throw new Error(
      `conv2d with ${groups} group${groups === 1 ? '' : 's'} and weights ${showShape(w)} expects ${perGroup * groups} input channels, got ${showShape(x)}.`,
    );
  const oh = slidingLength(h, kh, stride[0], dilation[0], padding[0], padding[2]);
  const ow = slidingLength(width, kw, stride[1], dilation[1], padding[1], padding[3]);
  if (oh < 1 || ow < 1)
    throw new Error(
      `conv2d with a ${kh}×${kw} kernel does not fit into an image of ${showShape(x)}. Enlarge the image or the padding.`,
    );
  return [n, k, oh, ow];
}

/** Calls `visit(x offset, w offset, y offset)` for each multiplication of a convolution. */
function forProducts(
  x: Shape,
  w: Shape,
  y: Shape,
  { stride, padding, dilation, groups }: Conv2dAttrs,
  visit: (x: number, w: number, y: number) => void,
): void {
  const [, c, h, width] = x as [number, number, number, number];
  const [k, perGroup, kh, kw] = w as [number, number, number, number];
  const [n, , oh, ow] = y as [number, number, number, number];
  for (let b = 0; b < n; b++)
    for (let o = 0; o < k; o++) {
      const first = Math.floor(o / (k / groups)) * perGroup;
      for (let i = 0; i < oh; i++)
        for (let j = 0; j < ow; j++)
          for (let p = 0; p < perGroup; p++)
            for (let r = 0; r < kh; r++) {
              const row = i * stride[0] - padding[0] + r * dilation[0];
              if (row < 0 || row >= h) continue;
              for (let s = 0; s < kw; s++) {
                const column = j * stride[1] - padding[1] + s * dilation[1];
                if (column < 0 || column >= width) continue;
                visit(
                  ((b * c + first + p) * h + row) * width + column,
                  ((o * perGroup + p) * kh + r) * kw + s,
                  ((b * k + o) * oh + i) * ow + j,
                );
              }
            }
    }
}

/** Accumulates in double precision and stores once. */
function accumulate(out: NumberArray, run: (sums: Float64Array) => void): void {
  const sums = new Float64Array(out.length);
  run(sums);
  out.set(sums);
}

/** Convolution of images with filters: [batch, in, h, w] ∗ [out, in / groups, kh, kw] (+ [out]) → [batch, out, h', w']. */
export const Conv2d: Op<Conv2dAttrs> = {
  name: 'conv2d',
  infer([x, w, bias], attrs) {
    if (x!.dtype !== w!.dtype)
      throw new Error(`conv2d expects input and weight of the same dtype, got ${x!.dtype} and ${w!.dtype}.`);
    const shape = outputShape(x!.shape, w!.shape, attrs);
    if (bias && (bias.shape.length !== 1 || bias.shape[0] !== shape[1]))
      throw new Error(
        `conv2d with ${shape[1]} output channels expects a bias of [${shape[1]}], got ${showShape(bias.shape)}.`,
      );
    return { shape, dtype: x!.dtype };
  },
  reference([x, w, bias], attrs, out) {
    const [from, weights] = [elements(x!), elements(w!)];
    const plane = out.shape[2]! * out.shape[3]!;
    accumulate(elements(out), (sums) => {
      if (bias) for (let i = 0; i < sums.length; i++) sums[i] = elements(bias)[Math.floor(i / plane) % out.shape[1]!]!;
      forProducts(x!.shape, w!.shape, out.shape, attrs, (a, b, y) => (sums[y]! += from[a]! * weights[b]!));
    });
  },
  decompose([x, w, bias], attrs) {
    const product = unfoldedConv2d(x!, w!, attrs);
    return bias ? add(product, reshape(bias, [1, -1, 1, 1])) : product;
  },
  gradient: {
    uses: [[1], [0], []],
    rules: [
      (g, { inputs: [x, w], attrs }) => conv2dInputGrad(g, w!, attrs, x!.shape),
      (g, { inputs: [x, w], attrs }) => conv2dWeightGrad(x!, g, attrs, w!.shape),
      (g) => sum(g, [0, 2, 3]),
    ],
  },
};

/** The gradient of {@link Conv2d} with respect to its input; also a transposed convolution. */
export const Conv2dInputGrad: Op<Conv2dAttrs & { inputShape: Shape }> = {
  name: 'conv2dInputGrad',
  infer([g, w], attrs) {
    const wanted = outputShape(attrs.inputShape, w!.shape, attrs);
    if (showShape(wanted) !== showShape(g!.shape))
      throw new Error(
        `conv2dInputGrad for an input of ${showShape(attrs.inputShape)} expects a gradient of ${showShape(wanted)}, got ${showShape(g!.shape)}.`,
      );
    return { shape: attrs.inputShape, dtype: g!.dtype };
  },
  reference([g, w], attrs, out) {
    const [grad, weights] = [elements(g!), elements(w!)];
    accumulate(elements(out), (sums) =>
      forProducts(attrs.inputShape, w!.shape, g!.shape, attrs, (a, b, y) => (sums[a]! += grad[y]! * weights[b]!)),
    );
  },
  gradient: {
    uses: [[1], [0]],
    rules: [
      (gg, { inputs: [, w], attrs }) => apply(Conv2d, [gg, w!], attrs),
      (gg, { inputs: [g, w], attrs }) => conv2dWeightGrad(gg, g!, attrs, w!.shape),
    ],
  },
};

/** The gradient of {@link Conv2d} with respect to its weights. */
export const Conv2dWeightGrad: Op<Conv2dAttrs & { kernelShape: Shape }> = {
  name: 'conv2dWeightGrad',
  infer: ([g], { kernelShape }) => ({ shape: kernelShape, dtype: g!.dtype }),
  reference([x, g], attrs, out) {
    const [from, grad] = [elements(x!), elements(g!)];
    accumulate(elements(out), (sums) =>
      forProducts(x!.shape, attrs.kernelShape, g!.shape, attrs, (a, b, y) => (sums[b]! += grad[y]! * from[a]!)),
    );
  },
  gradient: {
    uses: [[1], [0]],
    rules: [
      (gg, { inputs: [x, g], attrs }) => conv2dInputGrad(g!, gg, attrs, x!.shape),
      (gg, { inputs: [x], attrs }) => apply(Conv2d, [x!, gg], attrs),
    ],
  },
};

const plain = ({ stride, padding, dilation, groups }: Conv2dAttrs): Conv2dAttrs => ({
  stride,
  padding,
  dilation,
  groups,
});
/** The gradient of a convolution with respect to its input of `inputShape`: a transposed convolution of g. */
export const conv2dInputGrad = (g: Tensor, w: Tensor, attrs: Conv2dAttrs, inputShape: Shape): Tensor =>
  apply(Conv2dInputGrad, [g, w], { ...plain(attrs), inputShape });
/** The gradient of a convolution with respect to its weights of `kernelShape`. */
export const conv2dWeightGrad = (x: Tensor, g: Tensor, attrs: Conv2dAttrs, kernelShape: Shape): Tensor =>
  apply(Conv2dWeightGrad, [x, g], { ...plain(attrs), kernelShape });

/** Options of {@link conv2d}. */
export interface Conv2dOptions {
  readonly bias?: Tensor | undefined;
  readonly stride?: number | readonly [number, number];
  /** Zero padding: one number for all sides, [vertical, horizontal], or [top, left, bottom, right]. */
  readonly padding?: Padding;
  readonly dilation?: number | readonly [number, number];
  readonly groups?: number;
}
/**
 * Convolution of images [batch, in, height, width] with filters [out, in / groups, kh, kw].
 * @throws if channels do not match or the kernel is larger than the padded image
 */
export function conv2d(
  x: Tensor,
  weight: Tensor,
  { bias, stride, padding, dilation, groups = 1 }: Conv2dOptions = {},
): Tensor {
  return apply(Conv2d, bias ? [x, weight, bias] : [x, weight], {
    stride: pair(stride, 1),
    padding: sides(padding),
    dilation: pair(dilation, 1),
    groups,
  });
}

/** A convolution as matrix products: one shifted image per kernel element. */
function unfoldedConv2d(x: Tensor, w: Tensor, attrs: Conv2dAttrs): Tensor {
  const {
    stride,
    padding: [top, left, bottom, right],
    dilation,
    groups,
  } = attrs;
  const [n, k, oh, ow] = outputShape(x.shape, w.shape, attrs) as [number, number, number, number];
  const [, perGroup, kh, kw] = w.shape as [number, number, number, number];
  const image = pad(x, [0, 0, top, left], [0, 0, bottom, right]);
  const shifted: Tensor[] = [];
  for (let r = 0; r < kh; r++)
    for (let s = 0; s < kw; s++) {
      const [y0, x0] = [r * dilation[0], s * dilation[1]];
      const window = slice(
        image,
        [0, 0, y0, x0],
        [n, x.shape[1], y0 + (oh - 1) * stride[0] + 1, x0 + (ow - 1) * stride[1] + 1],
        [1, 1, ...stride],
      );
      shifted.push(reshape(window, [n, groups, perGroup, 1, oh * ow]));
    }
  const columns = reshape(concat(shifted, 3), [n, groups, perGroup * kh * kw, oh * ow]);
  return reshape(matmul(reshape(w, [1, groups, k / groups, perGroup * kh * kw]), columns), [n, k, oh, ow]);
}
