import { add, div, mul, sqrt, square } from '@graft/tensor';
import { type GradientTransform, zerosFor } from '../gradient-transform.ts';
import { recurrence } from '../recurrence.ts';
import { checkEpsilon } from './check-epsilon.ts';
import { checkBetas } from './scale-by-adam.ts';

/** Options of {@link scaleByNadam}. */
export interface NadamOptions {
  readonly betas?: readonly [number, number];
  readonly epsilon?: number;
  /** How fast the momentum grows to its full value. */
  readonly momentumDecay?: number;
}

/** Adam with Nesterov momentum, which grows over the steps (Dozat 2016). */
export function scaleByNadam({
  betas: [b1, b2] = [0.9, 0.999],
  epsilon = 1e-8,
  momentumDecay = 4e-3,
}: NadamOptions = {}): GradientTransform {
  checkEpsilon('NAdam', epsilon);
  checkBetas('NAdam', b1, b2);
  const momentumAt = (step: number): number => b1 * (1 - 0.5 * 0.96 ** ((step + 1) * momentumDecay));
  const product = recurrence(1, (before, step) => before * momentumAt(step));
  return {
    name: 'scaleByNadam',
    init: (slots) => [zerosFor(slots), zerosFor(slots)],
    update(grads, [means, squares], _, step) {
      const nextMeans = grads.map((grad, i) => add(mul(means![i]!, b1), mul(grad, 1 - b1)));
      const nextSquares = grads.map((grad, i) => add(mul(squares![i]!, b2), mul(square(grad), 1 - b2)));
      const [now, next, c2] = [momentumAt(step), momentumAt(step + 1), 1 - b2 ** (step + 1)];
      const [ofGrad, ofMean] = [(1 - now) / (1 - product(step)), next / (1 - product(step) * next)];
      const updates = grads.map((grad, i) =>
        div(add(mul(grad, ofGrad), mul(nextMeans[i]!, ofMean)), add(sqrt(mul(nextSquares[i]!, 1 / c2)), epsilon)),
      );
      return [updates, [nextMeans, nextSquares]];
    },
  };
}
