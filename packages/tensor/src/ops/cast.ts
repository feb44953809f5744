import { apply } from '../apply.ts';
import { type DType, isBigInt, isFloat } from '../dtype.ts';
import type { Op } from '../op.ts';
import type { Tensor } from '../tensor.ts';
import { elements } from './elementwise.ts';

/** The same values as another dtype: floats to integers by truncation, anything to bool by "not zero". */
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
  // A saturated or undefined float has no integer; 0 is what typed arrays give, too.
  if (isBigInt(to))
    return isBigInt(from)
      ? (value) => value
      : (value) => (Number.isFinite(value as number) ? BigInt(Math.trunc(value as number)) : 0n);
  if (isBigInt(from)) return isFloat(to) ? Number : (value) => Number(BigInt.asIntN(32, value as bigint));
  return (value) => value;
}

/** x in another dtype: x itself where it has it already. */
export const cast = (x: Tensor, dtype: DType): Tensor => (x.dtype === dtype ? x : apply(Cast, [x], { dtype }));

/** The same tensor, through which no gradient flows. */
export const StopGradient: Op = {
  name: 'stopGradient',
  alias: true,
  infer: ([x]) => ({ shape: x!.shape, dtype: x!.dtype }),
  gradient: { uses: [], rules: [null] },
};
/** x as a constant: no gradient flows through. */
export const stopGradient = (x: Tensor): Tensor => apply(StopGradient, [x], undefined);
