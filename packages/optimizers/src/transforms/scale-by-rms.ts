import { add, div, mul, sqrt, square, sub } from '@graft/tensor';
import { type GradientTransform, zerosFor } from '../gradient-transform.ts';
import { checkEpsilon } from './check-epsilon.ts';

/** Options of {@link scaleByRms}. */
export interface RmsOptions {
  /** Decay of the running mean of squares (PyTorch's alpha). */
  readonly decay?: number;
  readonly epsilon?: number;
  /** Whether to subtract the running mean of gradients, which gives their variance. */
  readonly centered?: boolean;
}

/** Divides gradients by the root of the running mean of their squares (Tieleman and Hinton 2012). */
export function scaleByRms({ decay = 0.99, epsilon = 1e-8, centered = false }: RmsOptions = {}): GradientTransform {
  checkEpsilon('RMSprop', epsilon);
  if (!(decay >= 0 && decay < 1)) throw new Error(`RMSprop expects a decay in [0, 1), got ${decay}.`);
  return {
    name: 'scaleByRms',
    init: (slots) => Array.from({ length: centered ? 2 : 1 }, () => zerosFor(slots)),
    update(grads, [squares, means]) {
      const nextSquares = grads.map((grad, i) => add(mul(squares![i]!, decay), mul(square(grad), 1 - decay)));
      const nextMeans = means && grads.map((grad, i) => add(mul(means[i]!, decay), mul(grad, 1 - decay)));
      const variance = nextMeans ? nextSquares.map((mean, i) => sub(mean, square(nextMeans[i]!))) : nextSquares;
      return [
        grads.map((grad, i) => div(grad, add(sqrt(variance[i]!), epsilon))),
        nextMeans ? [nextSquares, nextMeans] : [nextSquares],
      ];
    },
  };
}
