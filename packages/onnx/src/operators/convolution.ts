import { convolve, convTranspose, type Tensor } from '@graft/tensor';
import { checkSize, type OnnxOperator, operator, type OperatorNode } from '../operator.ts';
import { slidingWindowsOf, windowsOf } from './windows.ts';

export function convolved(x: Tensor, w: Tensor, bias: Tensor | undefined, { attributes }: OperatorNode): Tensor {
  const windows = slidingWindowsOf(attributes, x.shape, attributes.ints('kernel_shape', w.shape.slice(2)));
  return convolve(x, w, windows, { bias, groups: attributes.int('group', 1) });
}

/** Maximum stride: between inputs, the result is mostly zeros. */
const longestStride = 1024;

/** Transposed convolution. The output size may be given, which determines the padding. */
function transposed(x: Tensor, w: Tensor, bias: Tensor | undefined, { attributes }: OperatorNode): Tensor {
  const size = x.shape.slice(2);
  // auto_pad refers to the result here, and is handled below.
  const windows = windowsOf(attributes, x.shape, attributes.ints('kernel_shape', w.shape.slice(2)));
  const { kernel, stride, dilation } = windows;
  if (stride.some((length) => length > longestStride))
    throw new Error(`its strides [${stride}] enlarge the image more than ${longestStride} times.`);
  const extra = attributes.ints(
    'output_padding',
    size.map(() => 0),
  );
  const auto = attributes.string('auto_pad', 'NOTSET');
  const full = size.map((length, i) => stride[i]! * (length - 1) + extra[i]! + (kernel[i]! - 1) * dilation[i]! + 1);
  const wanted =
    attributes.ints('output_shape', undefined)?.slice(-size.length) ??
    (auto.startsWith('SAME') ? size.map((length, i) => length * stride[i]!) : undefined);
  for (const [name, values, least] of [
    ['output_padding', extra, 0],
    ['output_shape', wanted ?? size, 1],
  ] as const)
    if (values.length !== size.length || !values.every((value) => Number.isSafeInteger(value) && value >= least))
      throw new Error(`its ${name} [${values}] must be ${size.length} integers of at least ${least}.`);
  let [before, after] = auto === 'VALID' ? [size.map(() => 0), size.map(() => 0)] : [windows.before, windows.after];
  const beyond = full.map((length, i) => Math.max(0, (wanted?.[i] ?? 0) - length)); // elements of the given size after the last window
  if (wanted) {
    const total = wanted.map((length, i) => Math.max(0, full[i]! - length));
    before = total.map((n) => (auto === 'SAME_UPPER' ? Math.floor(n / 2) : Math.ceil(n / 2)));
    after = total.map((n, i) => n - before[i]!);
  }
  checkSize([x.shape[0]!, w.shape[1]! * attributes.int('group', 1), ...full.map((length, i) => length + beyond[i]!)]);
  return convTranspose(
    x,
    w,
    { ...windows, before, after },
    { bias, groups: attributes.int('group', 1), outputPadding: extra.map((n, i) => n + beyond[i]!) },
  );
}

export const convolutionOperators: readonly OnnxOperator[] = [
  operator('Conv', 1, ([x, w, bias], node) => convolved(x!, w!, bias, node), { inputs: [2, 3] }),
  operator('ConvTranspose', 1, ([x, w, bias], node) => transposed(x!, w!, bias, node), { inputs: [2, 3] }),
];
