import { abs, add, mean, minimum, mul, square, sub } from '@graft/tensor';
import type { Loss } from '../loss.ts';
import { matchTarget } from './match-target.ts';

export interface HuberOptions {
  /** Where the loss changes from quadratic to linear; default 1. */
  readonly delta?: number;
}

/** Half the squared difference up to `delta`, linear with slope `delta` beyond, so outliers weigh less (Huber 1964). Output and target have the same shape. */
export function huber({ delta = 1 }: HuberOptions = {}): Loss {
  if (!(delta > 0)) throw new Error(`huber expects a delta above 0, got ${delta}.`);
  return (output, target) => {
    const distance = abs(sub(output, matchTarget('huber', output, target)));
    const near = minimum(distance, delta);
    return mean(add(mul(square(near), 0.5), mul(sub(distance, near), delta)));
  };
}
