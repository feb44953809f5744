import { add, mul, sign } from '@graft/tensor';
import { type GradientTransform, zerosFor } from '../gradient-transform.ts';
import { checkBetas } from './scale-by-adam.ts';

export interface LionOptions {
  /** Weight of the running mean in the update, and its decay rate. */
  readonly betas?: readonly [number, number];
}

/** The sign of the gradient mixed with its running mean: every weight changes by the same amount (Chen et al. 2023). */
export function scaleByLion({ betas: [b1, b2] = [0.9, 0.99] }: LionOptions = {}): GradientTransform {
  checkBetas('Lion', b1, b2);
  return {
    name: 'scaleByLion',
    init: (slots) => [zerosFor(slots)],
    update: (grads, [means]) => [
      grads.map((grad, i) => sign(add(mul(means![i]!, b1), mul(grad, 1 - b1)))),
      [grads.map((grad, i) => add(mul(means![i]!, b2), mul(grad, 1 - b2)))],
    ],
  };
}
