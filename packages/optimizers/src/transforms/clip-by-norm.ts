import { add, div, minimum, mul, scalar, sqrt, square, sum } from '@graft/tensor';
import { type GradientTransform, stateless } from '../gradient-transform.ts';

/** Each parameter's gradient, scaled to a length of at most `maximum`. */
export function clipByNorm(maximum: number): GradientTransform {
  if (!(maximum > 0)) throw new Error(`clipByNorm wants a length above 0, got ${maximum}.`);
  return stateless('clipByNorm', (grad) =>
    mul(grad, minimum(div(scalar(maximum, grad), add(sqrt(sum(square(grad))), 1e-6)), 1)),
  );
}
