import { add, div, filled, sqrt, square } from '@graft/tensor';
import type { GradientTransform } from '../gradient-transform.ts';
import { checkEpsilon } from './check-epsilon.ts';

/** Options of {@link scaleByAdagrad}. */
export interface AdagradOptions {
  /** Initial value of the sums of squares. */
  readonly initial?: number;
  readonly epsilon?: number;
}

/** Divides gradients by the root of the sum of all their past squares (Duchi et al. 2011). */
export function scaleByAdagrad({ initial = 0, epsilon = 1e-10 }: AdagradOptions = {}): GradientTransform {
  checkEpsilon('Adagrad', epsilon);
  if (!(initial >= 0)) throw new Error(`Adagrad expects an initial sum of 0 or more, got ${initial}.`);
  return {
    name: 'scaleByAdagrad',
    init: (slots) => [slots.map(({ value }) => filled(value, initial))],
    update(grads, [sums]) {
      const next = grads.map((grad, i) => add(sums![i]!, square(grad)));
      return [grads.map((grad, i) => div(grad, add(sqrt(next[i]!), epsilon))), [next]];
    },
  };
}
