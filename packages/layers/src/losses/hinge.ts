import { cast, greater, mean, mul, relu, sub } from '@graft/tensor';
import type { Loss } from '../loss.ts';
import { matchTarget } from './match-target.ts';

export interface HingeOptions {
  /** How far on its own side of 0 an output must be; default 1. */
  readonly margin?: number;
  /** Whether what is missing is squared. */
  readonly squared?: boolean;
}

/** What outputs lack to be `margin` on the right side of 0: yes-or-no outputs and targets of one shape, above 0 for yes, else no (Cortes and Vapnik 1995). */
export function hinge({ margin = 1, squared = false }: HingeOptions = {}): Loss {
  if (!(margin > 0)) throw new Error(`hinge wants a margin above 0, got ${margin}.`);
  return (output, target) => {
    const side = sub(mul(cast(greater(matchTarget('hinge', output, target), 0), output.dtype), 2), 1);
    const missing = relu(sub(margin, mul(output, side)));
    return mean(squared ? mul(missing, missing) : missing);
  };
}
