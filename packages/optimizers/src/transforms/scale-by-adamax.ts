import { abs, add, div, maximum, mul } from '@graft/tensor';
import { type GradientTransform, zerosFor } from '../gradient-transform.ts';
import { checkEpsilon } from './check-epsilon.ts';
import { checkBetas } from './scale-by-adam.ts';

/** Options of {@link scaleByAdamax}. */
export interface AdamaxOptions {
  readonly betas?: readonly [number, number];
  readonly epsilon?: number;
}

/** The running mean of gradients divided by their discounted maximum: Adam with the infinity norm (Kingma and Ba 2015). */
export function scaleByAdamax({
  betas: [b1, b2] = [0.9, 0.999],
  epsilon = 1e-8,
}: AdamaxOptions = {}): GradientTransform {
  checkEpsilon('Adamax', epsilon);
  checkBetas('Adamax', b1, b2);
  return {
    name: 'scaleByAdamax',
    init: (slots) => [zerosFor(slots), zerosFor(slots)],
    update(grads, [means, greatest], _, step) {
      const nextMeans = grads.map((grad, i) => add(mul(means![i]!, b1), mul(grad, 1 - b1)));
      const next = grads.map((grad, i) => maximum(mul(greatest![i]!, b2), add(abs(grad), epsilon)));
      return [nextMeans.map((mean, i) => div(mul(mean, 1 / (1 - b1 ** (step + 1))), next[i]!)), [nextMeans, next]];
    },
  };
}
