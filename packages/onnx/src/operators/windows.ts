import { type Shape, sizeOf, type Windows } from '@graft/tensor';
import { checkSize } from '../operator.ts';
import type { Attributes } from '../proto/attributes.ts';

/** Maximum number of elements read by all windows: a file of a few bytes could request hours of work. */
const mostWork = 2 ** 36;

/**
 * The windows that slide over an image of this size. Strides are at most as long as the padded image: longer ones give the same windows, but overflow the
 * integers of kernels. Dilations of kernels of one element are 1, for the same reason.
 */
export function slidingWindowsOf(...given: Parameters<typeof windowsOf>): Windows {
  const windows = windowsOf(...given);
  const [before, after] = [windows.before, windows.after];
  const lengths = given[1].slice(2).map((length, i) => Math.max(1, length + before[i]! + after[i]!));
  return {
    ...windows,
    stride: windows.stride.map((stride, i) => Math.min(stride, lengths[i]!)),
    dilation: windows.dilation.map((dilation, i) => (windows.kernel[i] === 1 ? 1 : dilation)),
  };
}

/**
 * Reads the window's attributes; resolves `auto_pad` for this size.
 * @param shape of [batch, channels, …]
 * @param kernel the size of the weights, if `kernel_shape` is optional
 */
export function windowsOf(
  attributes: Attributes,
  shape: Shape,
  kernel: readonly number[] = attributes.ints('kernel_shape'),
): Windows {
  const windows = readWindows(attributes, shape, kernel);
  const around = windows.before.map((before, i) => before + windows.after[i]!);
  if (around.some((pads, i) => pads > 1024 + 16 * shape[i + 2]!))
    throw new Error(`${around} elements of padding around an image of [${shape.slice(2)}] are too many.`);
  const counts = shape
    .slice(2)
    .map((length, i) =>
      Math.max(
        0,
        Math.floor(
          (length + windows.before[i]! + windows.after[i]! - windows.dilation[i]! * (kernel[i]! - 1) - 1) /
            windows.stride[i]!,
        ) + 1,
      ),
    );
  checkSize([...shape.slice(0, 2), ...counts]);
  const work = sizeOf(shape.slice(0, 2)) * sizeOf(counts) * sizeOf(kernel);
  if (work > mostWork)
    throw new Error(`windows of [${kernel}] over [${shape}] would read ${work} elements, which is too many.`);
  return windows;
}

function readWindows(attributes: Attributes, shape: Shape, kernel: readonly number[]): Windows {
  const size = shape.slice(2);
  const ones = size.map(() => 1);
  const [stride, dilation] = [attributes.ints('strides', ones), attributes.ints('dilations', ones)];
  for (const [name, values] of [
    ['kernel_shape', kernel],
    ['strides', stride],
    ['dilations', dilation],
  ] as const)
    if (values.length !== size.length || !values.every((value) => Number.isInteger(value) && value >= 1))
      throw new Error(`its ${name} [${values}] must be ${size.length} positive integers.`);
  const windows = { kernel, stride, dilation };
  const auto = attributes.string('auto_pad', 'NOTSET');
  if (auto === 'VALID') return { ...windows, before: size.map(() => 0), after: size.map(() => 0) };
  if (auto !== 'SAME_UPPER' && auto !== 'SAME_LOWER') {
    const pads = attributes.ints(
      'pads',
      [...size, ...size].map(() => 0),
    );
    if (pads.length !== 2 * size.length) throw new Error(`its pads [${pads}] must be ${2 * size.length} integers.`);
    return { ...windows, before: pads.slice(0, size.length), after: pads.slice(size.length) };
  }
  // As many windows as strides fit; an odd element goes to the given end.
  const total = size.map((length, i) =>
    Math.max(0, (Math.ceil(length / stride[i]!) - 1) * stride[i]! + (kernel[i]! - 1) * dilation[i]! + 1 - length),
  );
  const before = total.map((n) => (auto === 'SAME_UPPER' ? Math.floor(n / 2) : Math.ceil(n / 2)));
  return { ...windows, before, after: total.map((n, i) => n - before[i]!) };
}
