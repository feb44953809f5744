import { apply } from '../apply.ts';
import type { NumberArray } from '../dtype.ts';
import type { Op } from '../op.ts';
import { type Shape, showShape } from '../spec.ts';
import type { Tensor } from '../tensor.ts';
import type { Conv2dOptions } from './convolution.ts';
import { elements } from './elementwise.ts';
import { mean } from './reduction.ts';
import { pair, sides } from './sliding-window.ts';

/** Attributes of {@link MaxPool2d} and {@link AvgPool2d}. */
export interface Pool2dAttrs {
  readonly kernel: readonly [number, number];
  readonly stride: readonly [number, number];
  /** Top, left, bottom, right. */
  readonly padding: readonly [number, number, number, number];
  readonly dilation: readonly [number, number];
  /** Whether to keep a last window that fits only partly. */
  readonly ceilMode: boolean;
  /** Whether averages include the zeros of the padding. */
  readonly countIncludePad: boolean;
}

function pooledLength(
  length: number,
  kernel: number,
  stride: number,
  dilation: number,
  before: number,
  after: number,
  ceilMode: boolean,
): number {
  const last = length + before + after - dilation * (kernel - 1) - 1;
  if (!ceilMode) return Math.floor(last / stride) + 1;
  const count = Math.ceil(last / stride) + 1;
  // PyTorch's rule: a window that would start in the padding after the image is dropped.
  return (count - 1) * stride >= length + before ? count - 1 : count;
}

function inferPool(name: string, shape: Shape, { kernel, stride, dilation, padding, ceilMode }: Pool2dAttrs): Shape {
  if (shape.length !== 4) throw new Error(`${name} expects [batch, channels, height, width], got ${showShape(shape)}.`);
  const [n, c, h, w] = shape as [number, number, number, number];
  const oh = pooledLength(h, kernel[0], stride[0], dilation[0], padding[0], padding[2], ceilMode);
  const ow = pooledLength(w, kernel[1], stride[1], dilation[1], padding[1], padding[3], ceilMode);
  if (oh < 1 || ow < 1)
    throw new Error(`${name} with a ${kernel.join('×')} window does not fit into an image of ${showShape(shape)}.`);
  return [n, c, oh, ow];
}

/** Calls `visit(y offset, offsets of the window's elements inside the image, size the average divides by)`. */
function forWindows(
  x: Shape,
  y: Shape,
  { kernel, stride, padding, dilation, countIncludePad }: Pool2dAttrs,
  visit: (y: number, inside: readonly number[], count: number) => void,
): void {
  const [, , h, w] = x as [number, number, number, number];
  const [n, c, oh, ow] = y as [number, number, number, number];
  const inside: number[] = [];
  for (let plane = 0; plane < n * c; plane++)
    for (let i = 0; i < oh; i++)
      for (let j = 0; j < ow; j++) {
        inside.length = 0;
        let padded = 0;
        for (let r = 0; r < kernel[0]; r++)
          for (let s = 0; s < kernel[1]; s++) {
            const row = i * stride[0] - padding[0] + r * dilation[0];
            const column = j * stride[1] - padding[1] + s * dilation[1];
            if (row < h + padding[2] && column < w + padding[3]) padded++;
            if (row >= 0 && row < h && column >= 0 && column < w) inside.push((plane * h + row) * w + column);
          }
        visit((plane * oh + i) * ow + j, inside, countIncludePad ? padded : inside.length);
      }
}

const firstGreatest = (values: NumberArray, inside: readonly number[]): number => {
  let best = inside[0]!;
  for (const i of inside)
    if (values[i]! > values[best]! || (values[i]! !== values[i]! && values[best]! === values[best]!)) best = i;
  return best;
};

/** The maximum of each window. */
export const MaxPool2d: Op<Pool2dAttrs> = {
  name: 'maxPool2d',
  infer: ([x], attrs) => ({ shape: inferPool('maxPool2d', x!.shape, attrs), dtype: x!.dtype }),
  reference([x], attrs, out) {
    const [from, to] = [elements(x!), elements(out)];
    forWindows(
      x!.shape,
      out.shape,
      attrs,
      (y, inside) => (to[y] = inside.length ? from[firstGreatest(from, inside)]! : Number.NEGATIVE_INFINITY),
    );
  },
  gradient: {
    uses: [0, 'output'],
    rules: [(g, { inputs: [x], output, attrs }) => apply(MaxPool2dGrad, [g, x!, output], attrs)],
  },
};
/** Inputs: the gradient, and the pooling's input and output. The gradient goes to the first maximum of each window. */
export const MaxPool2dGrad: Op<Pool2dAttrs> = {
  name: 'maxPool2dGrad',
  infer: ([g, x]) => ({ shape: x!.shape, dtype: g!.dtype }),
  reference([g, x], attrs, out) {
    const [grad, from, to] = [elements(g!), elements(x!), elements(out)];
    to.fill(0);
    forWindows(x!.shape, g!.shape, attrs, (y, inside) => {
      if (inside.length) to[firstGreatest(from, inside)]! += grad[y]!;
    });
  },
  gradient: {
    uses: [1, 2],
    rules: [(gg, { inputs: [, x, y], attrs }) => apply(MaxPool2dGather, [gg, x!, y!], attrs), null, null],
  },
};
/** Picks elements of its first input at the positions of each window's first maximum in the second. */
export const MaxPool2dGather: Op<Pool2dAttrs> = {
  name: 'maxPool2dGather',
  infer: ([values, , y]) => ({ shape: y!.shape, dtype: values!.dtype }),
  reference([values, x], attrs, out) {
    const [picked, from, to] = [elements(values!), elements(x!), elements(out)];
    forWindows(
      x!.shape,
      out.shape,
      attrs,
      (y, inside) => (to[y] = inside.length ? picked[firstGreatest(from, inside)]! : 0),
    );
  },
  gradient: {
    uses: [1, 2],
    rules: [(g, { inputs: [, x, y], attrs }) => apply(MaxPool2dGrad, [g, x!, y!], attrs), null, null],
  },
};

/** The mean of each window. */
export const AvgPool2d: Op<Pool2dAttrs> = {
  name: 'avgPool2d',
  infer: ([x], attrs) => ({ shape: inferPool('avgPool2d', x!.shape, attrs), dtype: x!.dtype }),
  reference([x], attrs, out) {
    const [from, to] = [elements(x!), elements(out)];
    forWindows(x!.shape, out.shape, attrs, (y, inside, count) => {
      let sum = 0;
      for (const i of inside) sum += from[i]!;
      to[y] = sum / count;
    });
  },
  gradient: {
    uses: [],
    rules: [(g, { inputs: [x], attrs }) => apply(AvgPool2dGrad, [g], { ...attrs, inputShape: x!.shape })],
  },
};
/** Distributes each window's gradient over its elements. Input: g. */
export const AvgPool2dGrad: Op<Pool2dAttrs & { inputShape: Shape }> = {
  name: 'avgPool2dGrad',
  infer: ([g], { inputShape }) => ({ shape: inputShape, dtype: g!.dtype }),
  reference([g], attrs, out) {
    const [grad, to] = [elements(g!), elements(out)];
    to.fill(0);
    forWindows(attrs.inputShape, g!.shape, attrs, (y, inside, count) => {
      for (const i of inside) to[i]! += grad[y]! / count;
    });
  },
  gradient: { uses: [], rules: [(gg, { attrs: { inputShape: _, ...attrs } }) => apply(AvgPool2d, [gg], attrs)] },
};

/** Options of {@link maxPool2d} and {@link avgPool2d}. */
export interface Pool2dOptions extends Pick<Conv2dOptions, 'stride' | 'padding' | 'dilation'> {
  readonly kernel: number | readonly [number, number];
  readonly ceilMode?: boolean;
  readonly countIncludePad?: boolean;
}
const attrsOf = ({
  kernel,
  stride,
  padding,
  dilation,
  ceilMode = false,
  countIncludePad = true,
}: Pool2dOptions): Pool2dAttrs => {
  const window = pair(kernel, 1);
  return {
    kernel: window,
    stride: stride === undefined ? window : pair(stride, 1),
    padding: sides(padding),
    dilation: pair(dilation, 1),
    ceilMode,
    countIncludePad,
  };
};
/** The maximum of each window of [batch, channels, height, width]; the stride defaults to the window's size. */
export const maxPool2d = (x: Tensor, options: Pool2dOptions): Tensor => apply(MaxPool2d, [x], attrsOf(options));
/** The mean of each window of [batch, channels, height, width]; the stride defaults to the window's size. */
export const avgPool2d = (x: Tensor, options: Pool2dOptions): Tensor => apply(AvgPool2d, [x], attrsOf(options));
/** The mean of each channel: [batch, channels, height, width] → [batch, channels, 1, 1]. */
export const globalAvgPool = (x: Tensor): Tensor =>
  mean(
    x,
    Array.from({ length: x.rank - 2 }, (_, i) => i + 2),
    true,
  );
