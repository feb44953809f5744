import { add, conv2d, conv2dInputGrad, narrow, pad, reshape, slice, squeeze, type Tensor, transpose, unsqueeze } from '@graft/tensor';
import { checkSize, type OnnxOperator, operator, type OperatorNode } from '../operator.ts';
import { inner, type Windows, windowsOf } from './windows.ts';

const alongChannels = (bias: Tensor, rank: number): Tensor => reshape(bias, [1, -1, ...Array<number>(rank - 2).fill(1)]);

export function convolved(x: Tensor, w: Tensor, bias: Tensor | undefined, { attributes }: OperatorNode): Tensor {
  const windows = windowsOf(attributes, x.shape, attributes.ints('kernel_shape', w.shape.slice(2)));
  return convolve(x, w, bias, windows, attributes.int('group', 1));
}

/** One dimension is an image of height 1; beyond two, it is the sum over the first one's taps of convolutions over the rest. */
function convolve(x: Tensor, w: Tensor, bias: Tensor | undefined, windows: Windows, groups: number): Tensor {
  const { stride: [stride = 1], dilation: [dilation = 1], before: [before = 0], after: [after = 0], kernel: [taps = 1] } = windows;
  if (x.rank === 3) return squeeze(conv2d(unsqueeze(x, 2), unsqueeze(w, 2), { bias, stride: [1, stride], dilation: [1, dilation], padding: [0, before, 0, after], groups }), [2]);
  if (x.rank === 4) {
    const { stride, dilation, before: [top, left], after: [bottom, right] } = windows;
    return conv2d(x, w, { bias, stride: [stride[0]!, stride[1]!], dilation: [dilation[0]!, dilation[1]!], padding: [top!, left!, bottom!, right!], groups });
  }
  const padded = padAlong(x, 2, before, after);
  const count = Math.floor((padded.shape[2]! - dilation * (taps - 1) - 1) / stride) + 1;
  if (count < 1) throw new Error(`a window of ${taps} does not fit into ${x.shape[2]} elements.`);
  let total: Tensor | undefined;
  for (let tap = 0; tap < taps; tap++) {
    const from = tap * dilation;
    const rows = slice(padded, [0, 0, from], [undefined, undefined, from + (count - 1) * stride + 1], [1, 1, stride]);
    const part = convolve(rowsAsBatch(rows), squeeze(narrow(w, 2, tap, 1), [2]), undefined, inner(windows), groups);
    const own = batchAsRows(part, x.shape[0]!, count);
    total = total ? add(total, own) : own;
  }
  return bias ? add(total!, alongChannels(bias, x.rank)) : total!;
}

/** [batch, channels, rows, …] → [batch · rows, channels, …] and back. */
const rowsAsBatch = (x: Tensor): Tensor => reshape(transpose(x, [0, 2, 1, ...x.shape.map((_, i) => i).slice(3)]), [x.shape[0]! * x.shape[2]!, x.shape[1]!, ...x.shape.slice(3)]);
function batchAsRows(x: Tensor, batch: number, rows: number): Tensor {
  const apart = reshape(x, [batch, rows, ...x.shape.slice(1)]);
  return transpose(apart, [0, 2, 1, ...apart.shape.map((_, i) => i).slice(3)]);
}

const padAlong = (x: Tensor, axis: number, before: number, after: number, value = 0): Tensor => {
  const at = (n: number): number[] => x.shape.map((_, i) => (i === axis ? n : 0));
  return pad(x, at(before), at(after), value);
};

/**
 * A transposed convolution is the gradient of a convolution for its input, whose size is the result's. Weights: [in, out / groups, …].
 * The unpadded result comes first: padding takes its margins away, and output_padding leaves zeros behind the last window.
 */
function convTranspose(x: Tensor, w: Tensor, bias: Tensor | undefined, { attributes }: OperatorNode): Tensor {
  const size = x.shape.slice(2);
  // auto_pad speaks of the result here, and is dealt with below.
  const windows = windowsOf(attributes, x.shape, attributes.ints('kernel_shape', w.shape.slice(2)));
  const { kernel, stride, dilation } = windows;
  const extra = attributes.ints('output_padding', size.map(() => 0));
  const auto = attributes.string('auto_pad', 'NOTSET');
  const full = size.map((length, i) => stride[i]! * (length - 1) + extra[i]! + (kernel[i]! - 1) * dilation[i]! + 1);
  const wanted = attributes.ints('output_shape', undefined)?.slice(-size.length) ?? (auto.startsWith('SAME') ? size.map((length, i) => length * stride[i]!) : undefined);
  let [before, after] = auto === 'VALID' ? [size.map(() => 0), size.map(() => 0)] : [windows.before, windows.after];
  const beyond = full.map((length, i) => Math.max(0, (wanted?.[i] ?? 0) - length)); // what a wanted size has behind the last window
  if (wanted) {
    const total = wanted.map((length, i) => Math.max(0, full[i]! - length));
    before = total.map((n) => (auto === 'SAME_UPPER' ? Math.floor(n / 2) : Math.ceil(n / 2)));
    after = total.map((n, i) => n - before[i]!);
  }
  checkSize([x.shape[0]!, w.shape[1]! * attributes.int('group', 1), ...full.map((length, i) => length + beyond[i]!)]);
  const whole = spread(x, w, windows, attributes.int('group', 1));
  const none = [0, 0];
  const grown = pad(whole, [...none, ...size.map(() => 0)], [...none, ...extra.map((n, i) => n + beyond[i]!)]);
  const y = slice(grown, [0, 0, ...before], [undefined, undefined, ...full.map((length, i) => length + beyond[i]! - after[i]!)]);
  return bias ? add(y, alongChannels(bias, y.rank)) : y;
}

/** Every element times the filters, laid where its window is; without padding. */
function spread(x: Tensor, w: Tensor, windows: Windows, groups: number): Tensor {
  const { stride: [stride = 1], dilation: [dilation = 1], kernel: [taps = 1] } = windows;
  if (x.rank === 3) {
    const one: Windows = { kernel: [1, taps], stride: [1, stride], dilation: [1, dilation], before: [], after: [] };
    return squeeze(spread(unsqueeze(x, 2), unsqueeze(w, 2), one, groups), [2]);
  }
  const length = (i: number): number => windows.stride[i]! * (x.shape[i + 2]! - 1) + (windows.kernel[i]! - 1) * windows.dilation[i]! + 1;
  if (x.rank === 4) {
    const pair = (values: readonly number[]): [number, number] => [values[0]!, values[1]!];
    return conv2dInputGrad(x, w, { stride: pair(windows.stride), padding: [0, 0, 0, 0], dilation: pair(windows.dilation), groups }, [x.shape[0]!, w.shape[1]! * groups, length(0), length(1)]);
  }
  let total: Tensor | undefined;
  for (let tap = 0; tap < taps; tap++) {
    const part = batchAsRows(spread(rowsAsBatch(x), squeeze(narrow(w, 2, tap, 1), [2]), inner(windows), groups), x.shape[0]!, x.shape[2]!);
    // Rows a stride apart: zeros behind each, but the last.
    const apart = padAlong(unsqueeze(part, 3), 3, 0, stride - 1);
    const rows = reshape(apart, [...part.shape.slice(0, 2), part.shape[2]! * stride, ...part.shape.slice(3)]);
    const from = tap * dilation;
    const own = padAlong(rows, 2, from, length(0) - from - rows.shape[2]!);
    total = total ? add(total, own) : own;
  }
  return total!;
}

export const convolutionOperators: readonly OnnxOperator[] = [
  operator('Conv', 1, ([x, w, bias], node) => convolved(x!, w!, bias, node), { inputs: [2, 3] }),
  operator('ConvTranspose', 1, ([x, w, bias], node) => convTranspose(x!, w!, bias, node), { inputs: [2, 3] }),
];
