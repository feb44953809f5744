// Convolutions of any rank, composed of 2-d convolutions.
import type { Tensor } from '../tensor.ts';
import { add } from './arithmetic.ts';
import { conv2d, conv2dInputGrad } from './convolution.ts';
import { narrow, pad, reshape, slice, squeeze, transpose, unsqueeze } from './movement.ts';
import { innerWindows, slidingLength, type Windows } from './sliding-window.ts';

/** Options of {@link convolve}. */
export interface ConvolutionOptions {
  /** [out] */
  readonly bias?: Tensor | undefined;
  readonly groups?: number;
}

/**
 * Convolution over any number of dimensions: [batch, in, ...] with filters [out, in / groups, ...]. One dimension is an image
 * of height 1; beyond two, it is a sum of lower-rank convolutions, one for each tap of the first dimension.
 * @throws if channels do not match or the kernel is larger than the padded input
 */
export function convolve(
  x: Tensor,
  weight: Tensor,
  windows: Windows,
  { bias, groups = 1 }: ConvolutionOptions = {},
): Tensor {
  if (x.rank === 3)
    return squeeze(convolve(unsqueeze(x, 2), unsqueeze(weight, 2), alongRow(windows), { bias, groups }), [2]);
  const {
    stride: [stride = 1],
    dilation: [dilation = 1],
    before: [before = 0],
    after: [after = 0],
    kernel: [taps = 1],
  } = windows;
  if (x.rank === 4) {
    const {
      before: [top, left],
      after: [bottom, right],
    } = windows;
    return conv2d(x, weight, {
      bias,
      stride: pairOf(windows.stride),
      dilation: pairOf(windows.dilation),
      padding: [top!, left!, bottom!, right!],
      groups,
    });
  }
  const padded = padAlong(x, 2, before, after);
  const count = slidingLength(padded.shape[2]!, taps, stride, dilation, 0, 0);
  if (count < 1) throw new Error(`a window of ${taps} does not fit into ${x.shape[2]} elements.`);
  let total: Tensor | undefined;
  for (let tap = 0; tap < taps; tap++) {
    const from = tap * dilation;
    const rows = slice(padded, [0, 0, from], [undefined, undefined, from + (count - 1) * stride + 1], [1, 1, stride]);
    const part = convolve(rowsAsBatch(rows), squeeze(narrow(weight, 2, tap, 1), [2]), innerWindows(windows), {
      groups,
    });
    const own = batchAsRows(part, x.shape[0]!, count);
    total = total ? add(total, own) : own;
  }
  return bias ? add(total!, alongChannels(bias, x.rank)) : total!;
}

/** Options of {@link convTranspose}. */
export interface ConvTransposeOptions extends ConvolutionOptions {
  /** Zeros after the last window in each dimension, before padding is removed: output padding in PyTorch and ONNX. */
  readonly outputPadding?: readonly number[];
}

/**
 * Transposed convolution: [batch, in, ...] with filters [in, out / groups, ...] → [batch, out, ...]. It is the gradient of a
 * convolution with respect to its input. Padding crops the result.
 */
export function convTranspose(
  x: Tensor,
  weight: Tensor,
  windows: Windows,
  { bias, groups = 1, outputPadding = windows.kernel.map(() => 0) }: ConvTransposeOptions = {},
): Tensor {
  if (x.rank === 3)
    return squeeze(
      convTranspose(unsqueeze(x, 2), unsqueeze(weight, 2), alongRow(windows), {
        bias,
        groups,
        outputPadding: [0, ...outputPadding],
      }),
      [2],
    );
  const { stride, before, after } = windows;
  const full = x.shape.slice(2).map((length, i) => laidLength(length, windows, i));
  const size = full.map((length, i) => length + outputPadding[i]! - before[i]! - after[i]!);
  // In two dimensions the gradient op crops the margins itself, if every element has its window and none is left over.
  const direct =
    x.rank === 4 &&
    outputPadding.every((extra, i) => extra < stride[i]!) &&
    [...before, ...after].every((n) => n >= 0) &&
    size.every((n) => n > 0);
  const y = direct ? laid(x, weight, windows, groups, size) : laidAndCut();
  return bias ? add(y, alongChannels(bias, y.rank)) : y;

  function laidAndCut(): Tensor {
    const whole = laid(x, weight, { ...windows, before: before.map(() => 0), after: after.map(() => 0) }, groups, full);
    const grown = pad(whole, [0, 0, ...full.map(() => 0)], [0, 0, ...outputPadding]);
    return slice(
      grown,
      [0, 0, ...before],
      [undefined, undefined, ...full.map((length, i) => length + outputPadding[i]! - after[i]!)],
    );
  }
}

/** The extent of `length` windows a stride apart. */
const laidLength = (length: number, { stride, kernel, dilation }: Windows, i: number): number =>
  stride[i]! * (length - 1) + (kernel[i]! - 1) * dilation[i]! + 1;

/** Adds every element times the filters at its window. Padding is for images only. */
function laid(x: Tensor, w: Tensor, windows: Windows, groups: number, size: readonly number[]): Tensor {
  const {
    stride: [stride = 1],
    dilation: [dilation = 1],
    kernel: [taps = 1],
  } = windows;
  if (x.rank === 4) {
    const {
      before: [top, left],
      after: [bottom, right],
    } = windows;
    return conv2dInputGrad(
      x,
      w,
      {
        stride: pairOf(windows.stride),
        padding: [top!, left!, bottom!, right!],
        dilation: pairOf(windows.dilation),
        groups,
      },
      [x.shape[0]!, w.shape[1]! * groups, ...size],
    );
  }
  let total: Tensor | undefined;
  for (let tap = 0; tap < taps; tap++) {
    const part = batchAsRows(
      laid(rowsAsBatch(x), squeeze(narrow(w, 2, tap, 1), [2]), innerWindows(windows), groups, size.slice(1)),
      x.shape[0]!,
      x.shape[2]!,
    );
    // Spaces rows a stride apart by inserting zeros after each.
    const apart = padAlong(unsqueeze(part, 3), 3, 0, stride - 1);
    const rows = reshape(apart, [...part.shape.slice(0, 2), part.shape[2]! * stride, ...part.shape.slice(3)]);
    const from = tap * dilation;
    const own = padAlong(rows, 2, from, size[0]! - from - rows.shape[2]!);
    total = total ? add(total, own) : own;
  }
  return total!;
}

/** Windows over a sequence, as over an image of height 1. */
const alongRow = ({ kernel, stride, dilation, before, after }: Windows): Windows => ({
  kernel: [1, ...kernel],
  stride: [1, ...stride],
  dilation: [1, ...dilation],
  before: [0, ...before],
  after: [0, ...after],
});
const pairOf = (values: readonly number[]): [number, number] => [values[0]!, values[1]!];
const alongChannels = (bias: Tensor, rank: number): Tensor =>
  reshape(bias, [1, -1, ...Array<number>(rank - 2).fill(1)]);

/** [batch, channels, rows, …] → [batch · rows, channels, …] and back. */
const rowsAsBatch = (x: Tensor): Tensor =>
  reshape(transpose(x, [0, 2, 1, ...x.shape.map((_, i) => i).slice(3)]), [
    x.shape[0]! * x.shape[2]!,
    x.shape[1]!,
    ...x.shape.slice(3),
  ]);
function batchAsRows(x: Tensor, batch: number, rows: number): Tensor {
  const apart = reshape(x, [batch, rows, ...x.shape.slice(1)]);
  return transpose(apart, [0, 2, 1, ...apart.shape.map((_, i) => i).slice(3)]);
}

const padAlong = (x: Tensor, axis: number, before: number, after: number): Tensor => {
  const at = (n: number): number[] => x.shape.map((_, i) => (i === axis ? n : 0));
  return pad(x, at(before), at(after));
};
