import { add, cast, convolve, type DType, floor, js, matmul, mul, pad, sub, type Tensor, upload } from '@graft/tensor';
import type { OperatorNode } from '../operator.ts';
import { slidingWindowsOf } from './windows.ts';

/** Largest difference of an 8-bit number and its zero point. */
const most = 255;
/** Integers up to this are exact in float32. */
const exact = 2 ** 24;

const isByte = ({ dtype }: { readonly dtype: DType }): boolean => dtype === 'uint8' || dtype === 'int8';

/**
 * Sums of products of integers, exact as int32. Backends compute fast with float32, whose integers are exact up to 2^24, so weights are split into as many digits as
 * sums of this many products need.
 * @param a less its zero point, in float32
 * @param w the same
 * @param terms number of products in a sum
 * @param product computes sums of products
 */
function splitSums(a: Tensor, w: Tensor, terms: number, product: (a: Tensor, w: Tensor) => Tensor): Tensor {
  if (terms * most * most < exact) return cast(product(a, w), 'int32');
  const base = 2 ** Math.floor(Math.log2((exact - 1) / (terms * most)));
  const digits = Math.ceil(Math.log(most + 1) / Math.log(base));
  let [sums, rest] = [undefined as Tensor | undefined, w];
  for (let digit = 0; digit < digits; digit++) {
    const isLast = digit === digits - 1;
    // The last digit keeps the sign.
    const higher = isLast ? undefined : floor(mul(rest, 1 / base));
    const part = cast(product(a, higher ? sub(rest, mul(higher, base)) : rest), 'int32');
    const scaled = digit ? mul(part, base ** digit) : part;
    sums = sums ? add(sums, scaled) : scaled;
    rest = higher ?? rest;
  }
  return sums!;
}

/** Whether sums of this many products of two integer tensors can be split. */
const isSplit = (a: Tensor, w: Tensor, terms: number): boolean => isByte(a) && isByte(w) && 2 * terms * most < exact;

/** Integers less their zero point, in a dtype that holds them. */
const centered = (x: Tensor, zero: Tensor | undefined, dtype: DType): Tensor =>
  zero ? sub(cast(x, dtype), cast(zero, dtype)) : cast(x, dtype);

/** Matrix products of integers, exact as int32. Zero points broadcast against their integers. */
export function integerMatmul(a: Tensor, b: Tensor, za: Tensor | undefined, zb: Tensor | undefined): Tensor {
  const terms = a.shape.at(-1) ?? 1;
  const dtype = isSplit(a, b, terms) ? 'float32' : 'float64';
  const [left, right] = [centered(a, za, dtype), centered(b, zb, dtype)];
  return dtype === 'float32'
    ? splitSums(left, right, terms, (x, w) => matmul(x, w))
    : cast(matmul(left, right), 'int32');
}

/** A convolution of integers, exact as int32. Zero points broadcast against their integers. */
export function integerConvolution(
  x: Tensor,
  w: Tensor,
  zx: Tensor | undefined,
  zw: Tensor | undefined,
  { attributes }: OperatorNode,
): Tensor {
  const windows = slidingWindowsOf(attributes, x.shape, attributes.ints('kernel_shape', w.shape.slice(2)));
  const terms = w.shape.slice(1).reduce((product, size) => product * size, 1);
  const dtype = isSplit(x, w, terms) ? 'float32' : 'float64';
  // Fast algorithms for kernels of 3×3 round in between; a column of zeros rules them out.
  const isSquare = windows.kernel.join() === '3,3' && dtype === 'float32';
  const used = isSquare
    ? { ...windows, kernel: [3, 4], after: [windows.after[0]!, windows.after[1]! + windows.dilation[1]!] }
    : windows;
  const product = (images: Tensor, filters: Tensor): Tensor =>
    convolve(images, isSquare ? pad(filters, [0, 0, 0, 0], [0, 0, 0, 1]) : filters, used, {
      groups: attributes.int('group', 1),
    });
  const [left, right] = [centered(x, zx, dtype), centered(w, zw, dtype)];
  return dtype === 'float32' ? splitSums(left, right, terms, product) : cast(product(left, right), 'int32');
}

/**
 * Moves integers, scales and zero points to one backend: that of the values that were computed, as constants are on the host. While tracing they stay where they are,
 * because ops lift them.
 */
export function together<Given extends Tensor | undefined>(inputs: readonly Given[]): Given[] {
  const home = inputs.find((x) => x && x.backend !== js)?.backend ?? js;
  return home.trace ? [...inputs] : inputs.map((x) => (x && upload(x, home)) as Given);
}
