import { add, div, mul, sqrt, square } from '@graft/tensor';
import { type GradientTransform, zerosFor } from '../gradient-transform.ts';
import { checkEpsilon } from './check-epsilon.ts';

/** Options of {@link scaleByAdadelta}. */
export interface AdadeltaOptions {
  /** Decay of both running means. */
  readonly decay?: number;
  readonly epsilon?: number;
}

/** Scales gradients by the root mean square of past updates, divided by that of gradients (Zeiler 2012). */
export function scaleByAdadelta({ decay = 0.9, epsilon = 1e-6 }: AdadeltaOptions = {}): GradientTransform {
  checkEpsilon('Adadelta', epsilon);
  if (!(decay >= 0 && decay < 1)) throw new Error(`Adadelta expects a decay in [0, 1), got ${decay}.`);
  return {
    name: 'scaleByAdadelta',
    init: (slots) => [zerosFor(slots), zerosFor(slots)],
    update(grads, [squares, steps]) {
      const nextSquares = grads.map((grad, i) => add(mul(squares![i]!, decay), mul(square(grad), 1 - decay)));
      const updates = grads.map((grad, i) =>
        mul(div(sqrt(add(steps![i]!, epsilon)), sqrt(add(nextSquares[i]!, epsilon))), grad),
      );
      return [
        updates,
        [nextSquares, updates.map((update, i) => add(mul(steps![i]!, decay), mul(square(update), 1 - decay)))],
      ];
    },
  };
}
