import { apply } from '../apply.ts';
import type { Op } from '../op.ts';
import { type PhiloxKey, philox } from '../random.ts';
import type { Tensor } from '../tensor.ts';
import { elements } from './elementwise.ts';

/** Attributes of {@link Dropout}. */
export interface DropoutAttrs {
  /** Fraction of elements set to 0. */
  readonly probability: number;
  readonly key: PhiloxKey;
}

/** Sets elements to 0 at random and scales the others by 1 / (1 − probability). Element i uses word i mod 4 of Philox block i div 4 (Srivastava et al. 2014). */
export const Dropout: Op<DropoutAttrs> = {
  name: 'dropout',
  infer: ([x]) => ({ shape: x!.shape, dtype: x!.dtype }),
  reference([x], { probability, key }, out) {
    const [from, to] = [elements(x!), elements(out)];
    const threshold = probability * 2 ** 32;
    const scale = 1 / (1 - probability);
    const block = new Uint32Array(4);
    for (let i = 0; i < to.length; i++) {
      if (i % 4 === 0) philox(key, i / 4, 0, 0, 0, block);
      to[i] = block[i % 4]! < threshold ? 0 : from[i]! * scale;
    }
  },
  gradient: { uses: [], rules: [(g, { attrs }) => apply(Dropout, [g], attrs)] },
};

/** @param probability fraction of elements set to 0, in [0, 1) */
export function dropout(x: Tensor, probability: number, key: PhiloxKey): Tensor {
  if (!(probability >= 0 && probability < 1))
    throw new Error(`dropout expects a probability in [0, 1), got ${probability}.`);
  return probability === 0 ? x : apply(Dropout, [x], { probability, key });
}
