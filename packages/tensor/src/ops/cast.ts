import { apply } from '../apply.ts';
import { type DType, isBigInt, isFloat } from '../dtype.ts';
import type { Op } from '../op.ts';
import type { Tensor } from '../tensor.ts';
import { elements } from './elementwise.ts';

/** Converts to another dtype: floats are truncated to integers, and nonzero values become true. */
export const Cast: Op<{ dtype: DType }> = {
  name: 'cast',
  infer: ([x], { dtype }) => ({ shape: x!.shape, dtype }),
  reference([x], { dtype }, out) {
    const [from, to] = [x!.data, elements(out)];
    const convert = converter(x!.dtype, dtype);
    for (let i = 0; i < to.length; i++) to[i] = convert(from[i]!) as number;
  },
  gradient: { uses: [], rules: [(g, { inputs: [x] }) => cast(g, x!.dtype)] },
};

function converter(from: DType, to: DType): (value: number | bigint) => number | bigint {
  if (to === 'bool') return (value) => (value ? 1 : 0);
  // Infinity and NaN have no integer value; like typed arrays, use 0.
  if (isBigInt(to))
    return isBigInt(from)
      ? (value) => value
      : (value) => (Number.isFinite(value as number) ? BigInt(Math.trunc(value as number)) : 0n);
  if (isBigInt(from)) return isFloat(to) ? Number : (value) => Number(BigInt.asIntN(32, value as bigint));
  return (value) => value;
}

/** Converts x to another dtype; returns x itself if it already has it. */
export const cast = (x: Tensor, dtype: DType): Tensor => (x.dtype === dtype ? x : apply(Cast, [x], { dtype }));

/** The identity, without a gradient. */
export const StopGradient: Op = {
  name: 'stopGradient',
  alias: true,
  infer: ([x]) => ({ shape: x!.shape, dtype: x!.dtype }),
  gradient: { uses: [], rules: [null] },
};
/** Returns x as a constant, through which no gradient flows. */
export const stopGradient = (x: Tensor): Tensor => apply(StopGradient, [x], undefined);
