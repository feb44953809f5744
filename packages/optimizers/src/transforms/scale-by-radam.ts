import { add, div, mul, sqrt, square } from '@graft/tensor';
import { type GradientTransform, zerosFor } from '../gradient-transform.ts';
import { checkEpsilon } from './check-epsilon.ts';
import { checkBetas } from './scale-by-adam.ts';

/** Options of {@link scaleByRadam}. */
export interface RadamOptions {
  readonly betas?: readonly [number, number];
  readonly epsilon?: number;
}

/** Rectified Adam: skips the division until the variance can be estimated, as a built-in warm-up (Liu et al. 2020). */
export function scaleByRadam({ betas: [b1, b2] = [0.9, 0.999], epsilon = 1e-8 }: RadamOptions = {}): GradientTransform {
  checkEpsilon('RAdam', epsilon);
  checkBetas('RAdam', b1, b2);
  const longest = 2 / (1 - b2) - 1;
  return {
    name: 'scaleByRadam',
    init: (slots) => [zerosFor(slots), zerosFor(slots)],
    update(grads, [means, squares], _, step) {
      const nextMeans = grads.map((grad, i) => add(mul(means![i]!, b1), mul(grad, 1 - b1)));
      const nextSquares = grads.map((grad, i) => add(mul(squares![i]!, b2), mul(square(grad), 1 - b2)));
      const [c1, c2] = [1 - b1 ** (step + 1), 1 - b2 ** (step + 1)];
      const length = longest - (2 * (step + 1) * b2 ** (step + 1)) / c2; // of the mean of squares, in samples
      if (length <= 5) return [nextMeans.map((mean) => mul(mean, 1 / c1)), [nextMeans, nextSquares]];
      const rectified = Math.sqrt(((length - 4) * (length - 2) * longest) / ((longest - 4) * (longest - 2) * length));
      return [
        nextMeans.map((mean, i) =>
          div(mul(mean, (rectified * Math.sqrt(c2)) / c1), add(sqrt(nextSquares[i]!), epsilon)),
        ),
        [nextMeans, nextSquares],
      ];
    },
  };
}
