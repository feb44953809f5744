import { add, div, filled, mul, sqrt, square } from '@graft/tensor';
import type { GradientTransform } from '../gradient-transform.ts';

export interface AdamOptions {
  /** Decay of the running mean of gradients, and of their squares. */
  readonly betas?: readonly [number, number];
  readonly epsilon?: number;
}

/** The running mean of gradients, divided by the root of that of their squares, both corrected for their start at 0 (Kingma and Ba 2015). */
export function scaleByAdam({ betas: [b1, b2] = [0.9, 0.999], epsilon = 1e-8 }: AdamOptions = {}): GradientTransform {
  for (const beta of [b1, b2]) if (!(beta >= 0 && beta < 1)) throw new Error(`Adam wants betas from 0 up to, not including, 1; got ${beta}.`);
  return {
    name: 'scaleByAdam',
    init: (slots) => [slots.map(({ value }) => filled(value, 0)), slots.map(({ value }) => filled(value, 0))],
    update(grads, [means, squares], _, step) {
      const nextMeans = grads.map((grad, i) => add(mul(means![i]!, b1), mul(grad, 1 - b1)));
      const nextSquares = grads.map((grad, i) => add(mul(squares![i]!, b2), mul(square(grad), 1 - b2)));
      const [c1, c2] = [1 - b1 ** (step + 1), 1 - b2 ** (step + 1)];
      return [nextMeans.map((mean, i) => div(mul(mean, 1 / c1), add(sqrt(mul(nextSquares[i]!, 1 / c2)), epsilon))), [nextMeans, nextSquares]];
    },
  };
}
