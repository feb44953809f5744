// Pooling of any rank, composed of 2-d pooling.
import { axesOf, axisOf, sizeOf } from '../spec.ts';
import type { Tensor } from '../tensor.ts';
import { abs, add, mul, pow, sub } from './arithmetic.ts';
import { cast } from './cast.ts';
import { greater } from './comparison.ts';
import { concat, narrow, reshape } from './movement.ts';
import { avgPool2d, maxPool2d, type Pool2dOptions } from './pooling.ts';
import { max, mean, sum } from './reduction.ts';
import type { Windows } from './sliding-window.ts';

/**
 * Pooling over the last dimensions of [batch, channels, ...], one for each entry of the window. Separable pooling is split
 * into one dimension at a time; two dimensions are pooled as an image.
 */
export function pooled(
  x: Tensor,
  { kernel, stride, dilation, before, after }: Windows,
  pool: (image: Tensor, options: Pool2dOptions) => Tensor,
): Tensor {
  const options = (i: number, j: number | undefined): Pool2dOptions => {
    const of = (values: readonly number[], otherwise: number): [number, number] => [
      values[i]!,
      j === undefined ? otherwise : values[j]!,
    ];
    const [b, a] = [of(before, 0), of(after, 0)];
    return { kernel: of(kernel, 1), stride: of(stride, 1), dilation: of(dilation, 1), padding: [...b, ...a] };
  };
  if (kernel.length === 2) return pool(x, options(0, 1));
  return kernel.reduce((y, _, i) => {
    const { shape } = y;
    const axis = i + 2;
    const image = pool(
      reshape(y, [shape[0]!, sizeOf(shape.slice(1, axis)), shape[axis]!, sizeOf(shape.slice(axis + 1))]),
      options(i, undefined),
    );
    return reshape(
      image,
      shape.map((dim, k) => (k === axis ? image.shape[2]! : dim)),
    );
  }, x);
}

/** The maximum of each window of [batch, channels, ...]. */
export const maxPool = (
  x: Tensor,
  windows: Windows,
  { ceilMode = false }: Pick<Pool2dOptions, 'ceilMode'> = {},
): Tensor => pooled(x, windows, (image, options) => maxPool2d(image, { ...options, ceilMode }));

/** The mean of each window of [batch, channels, ...]. */
export const avgPool = (
  x: Tensor,
  windows: Windows,
  { ceilMode = false, countIncludePad = true }: Pick<Pool2dOptions, 'ceilMode' | 'countIncludePad'> = {},
): Tensor => pooled(x, windows, (image, options) => avgPool2d(image, { ...options, ceilMode, countIncludePad }));

/** The p-norm of each window of [batch, channels, ...]: the mean of powers times the window's size. */
export const lpPool = (
  x: Tensor,
  windows: Windows,
  { p, ceilMode = false }: { readonly p: number } & Pick<Pool2dOptions, 'ceilMode'>,
): Tensor => root(mul(avgPool(pow(abs(x), p), windows, { ceilMode }), sizeOf(windows.kernel)), p);

/** The p-norm over axes. */
export const lpNorm = (x: Tensor, p: number, axes: number | readonly number[], keepDims = false): Tensor =>
  root(sum(pow(abs(x), p), axesOf(axes, x.rank), keepDims), p);

/** x to the power 1 / p; the gradient at 0, where the slope is infinite, is 0. */
function root(x: Tensor, p: number): Tensor {
  if (p === 1) return x;
  const positive = cast(greater(x, 0), x.dtype);
  return mul(pow(add(x, sub(1, positive)), 1 / p), positive);
}

/**
 * Adaptive pooling to a given size along the last dimensions: window i of n spans from ⌊i · length / n⌋ to ⌈(i + 1) · length / n⌉, as in PyTorch.
 * @param size one number per dimension; null keeps it
 */
export function adaptivePool(x: Tensor, size: readonly (number | null)[], kind: 'avg' | 'max'): Tensor {
  const reduce = kind === 'avg' ? mean : max;
  const first = x.rank - size.length;
  if (size.every((n) => n === 1))
    return reduce(
      x,
      size.map((_, i) => first + i),
      true,
    );
  const kernel = size.map((n, i) => (n === null ? 1 : x.shape[first + i]! / n));
  if (kernel.every(Number.isInteger)) {
    const nothing = kernel.map(() => 0);
    return (kind === 'avg' ? avgPool : maxPool)(x, {
      kernel,
      stride: kernel,
      dilation: kernel.map(() => 1),
      before: nothing,
      after: nothing,
    });
  }
  return size.reduce<Tensor>((y, n, i) => {
    const axis = axisOf(first + i, x.rank);
    const length = y.shape[axis]!;
    if (n === null || n === length) return y;
    return concat(
      Array.from({ length: n }, (_, k) => {
        const start = Math.floor((k * length) / n);
        return reduce(narrow(y, axis, start, Math.ceil(((k + 1) * length) / n) - start), axis, true);
      }),
      axis,
    );
  }, x);
}
