import { apply } from '../apply.ts';
import type { Op } from '../op.ts';
import type { Tensor } from '../tensor.ts';

/** The identity, which reports its gradient in the backward pass. */
export const GradientProbe: Op<{ readonly hear: (gradient: Tensor) => void }> = {
  name: 'gradientProbe',
  alias: true,
  infer: ([x]) => ({ shape: x!.shape, dtype: x!.dtype }),
  gradient: {
    uses: [],
    rules: [
      (g, { attrs: { hear } }) => {
        hear(g);
        return g;
      },
    ],
  },
};
/** @param hear called with the gradient of the loss with respect to this tensor, summed over all its uses; it is freed afterwards */
export const gradientProbe = (x: Tensor, hear: (gradient: Tensor) => void): Tensor =>
  apply(GradientProbe, [x], { hear });
