import { add, axesOf, div, minimum, mul, scalar, sqrt, square, sub, sum } from '@graft/tensor';
import { type GradientTransform, stateless } from '../gradient-transform.ts';

/** Max-norm constraint, for the end of a chain: each unit's weights (along axis 0, except vectors) keep a norm of at most `maximum` after the step (Srebro and Shraibman 2005). */
export function keepMaxNorm(maximum: number): GradientTransform {
  if (!(maximum > 0)) throw new Error(`keepMaxNorm expects a maximum above 0, got ${maximum}.`);
  return stateless('keepMaxNorm', (update, { value }) => {
    if (value.rank < 2) return update;
    const moved = add(value, update);
    const length = sqrt(sum(square(moved), axesOf(undefined, value.rank).slice(1), true));
    return sub(mul(moved, minimum(div(scalar(maximum, value), add(length, 1e-7)), 1)), value);
  });
}
