import { add, filled, mul } from '@graft/tensor';
import type { GradientTransform } from '../gradient-transform.ts';

/** A running sum of gradients, each older one smaller by `decay`: momentum, as PyTorch's SGD has it. */
export function momentum({ decay = 0.9, nesterov = false }: { decay?: number; nesterov?: boolean } = {}): GradientTransform {
  if (!(decay >= 0 && decay < 1)) throw new Error(`Momentum must be from 0 up to, not including, 1; got ${decay}.`);
  return {
    name: 'momentum',
    init: (slots) => [slots.map(({ value }) => filled(value, 0))],
    update(grads, [velocities]) {
      const next = grads.map((grad, i) => add(mul(velocities![i]!, decay), grad));
      return [nesterov ? grads.map((grad, i) => add(grad, mul(next[i]!, decay))) : next, [next]];
    },
  };
}
