import { add, and, div, greater, mul, scalar, sqrt, square, sum, type Tensor, where } from '@graft/tensor';
import { type GradientTransform, stateless } from '../gradient-transform.ts';
import { checkEpsilon } from './check-epsilon.ts';

/** Options of {@link scaleByTrustRatio}. */
export interface TrustRatioOptions {
  /** Multiplies the ratio. */
  readonly coefficient?: number;
  readonly epsilon?: number;
}

/** Scales each parameter's update by |weights| / |update|, if neither is 0 (You et al. 2017, 2020). */
export function scaleByTrustRatio({ coefficient = 1, epsilon = 0 }: TrustRatioOptions = {}): GradientTransform {
  checkEpsilon('A trust ratio', epsilon);
  if (!(coefficient > 0)) throw new Error(`scaleByTrustRatio expects a coefficient above 0, got ${coefficient}.`);
  return stateless('scaleByTrustRatio', (grad, { value }) => {
    const [weights, update] = [lengthOf(value), lengthOf(grad)];
    const ratio = div(mul(weights, coefficient), add(update, epsilon));
    return mul(grad, where(and(greater(weights, 0), greater(update, 0)), ratio, scalar(1, grad)));
  });
}

const lengthOf = (x: Tensor): Tensor => sqrt(sum(square(x)));
