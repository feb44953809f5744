import { cast, greater, mean, mul, relu, sub } from '@graft/tensor';
import type { Loss } from '../loss.ts';
import { matchTarget } from './match-target.ts';

export interface HingeOptions {
  /** The distance from 0 that an output must reach on the correct side; default 1. */
  readonly margin?: number;
  /** Whether to square the loss. */
  readonly squared?: boolean;
}

/** Hinge loss: how far binary outputs are from being `margin` on the correct side of 0. Outputs and targets have the same shape; targets above 0 are positive (Cortes and Vapnik 1995). */
export function hinge({ margin = 1, squared = false }: HingeOptions = {}): Loss {
  if (!(margin > 0)) throw new Error(`hinge expects a margin above 0, got ${margin}.`);
  return (output, target) => {
    const side = sub(mul(cast(greater(matchTarget('hinge', output, target), 0), output.dtype), 2), 1);
    const missing = relu(sub(margin, mul(output, side)));
    return mean(squared ? mul(missing, missing) : missing);
  };
}
