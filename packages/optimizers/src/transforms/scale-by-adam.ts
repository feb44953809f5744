import { add, div, maximum, mul, sqrt, square } from '@graft/tensor';
import { type GradientTransform, zerosFor } from '../gradient-transform.ts';
import { asSchedule, type Schedule } from '../schedule.ts';
import { checkEpsilon } from './check-epsilon.ts';

/** Options of {@link scaleByAdam}. */
export interface AdamOptions {
  /** Decay rates of the running means of gradients (may be a schedule) and of their squares. */
  readonly betas?: readonly [number | Schedule, number];
  readonly epsilon?: number;
  /** Whether to divide by the maximum of all running means of squares so far (Reddi et al. 2018). */
  readonly amsgrad?: boolean;
}

/** The running mean of gradients divided by the root of that of their squares, both bias-corrected (Kingma and Ba 2015). */
export function scaleByAdam({
  betas: [b1, b2] = [0.9, 0.999],
  epsilon = 1e-8,
  amsgrad = false,
}: AdamOptions = {}): GradientTransform {
  checkEpsilon('Adam', epsilon);
  checkBetas('Adam', b1, b2);
  const first = asSchedule(b1);
  return {
    name: 'scaleByAdam',
    ...(!amsgrad && { parts: [{ kind: 'adam', betas: [first, b2], epsilon }] }),
    init: (slots) => Array.from({ length: amsgrad ? 3 : 2 }, () => zerosFor(slots)),
    update(grads, [means, squares, greatest], _, step) {
      const b1 = first(step);
      const nextMeans = grads.map((grad, i) => add(mul(means![i]!, b1), mul(grad, 1 - b1)));
      const nextSquares = grads.map((grad, i) => add(mul(squares![i]!, b2), mul(square(grad), 1 - b2)));
      const tops = greatest ? nextSquares.map((square, i) => maximum(greatest[i]!, square)) : nextSquares;
      const [c1, c2] = [1 - b1 ** (step + 1), 1 - b2 ** (step + 1)];
      return [
        nextMeans.map((mean, i) => div(mul(mean, 1 / c1), add(sqrt(mul(tops[i]!, 1 / c2)), epsilon))),
        greatest ? [nextMeans, nextSquares, tops] : [nextMeans, nextSquares],
      ];
    },
  };
}

/** Rejects decay rates outside [0, 1). */
export function checkBetas(owner: string, ...betas: readonly (number | Schedule)[]): void {
  for (const beta of betas)
    if (typeof beta === 'number' && !(beta >= 0 && beta < 1))
      throw new Error(`${owner} expects betas in [0, 1), got ${beta}.`);
}
