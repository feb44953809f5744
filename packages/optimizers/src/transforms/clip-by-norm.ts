import { add, div, minimum, mul, scalar, sqrt, square, sum } from '@graft/tensor';
import { type GradientTransform, stateless } from '../gradient-transform.ts';

/** Scales each parameter's gradient to a norm of at most `maximum`. */
export function clipByNorm(maximum: number): GradientTransform {
  if (!(maximum > 0)) throw new Error(`clipByNorm expects a maximum above 0, got ${maximum}.`);
  return stateless('clipByNorm', (grad) =>
    mul(grad, minimum(div(scalar(maximum, grad), add(sqrt(sum(square(grad))), 1e-6)), 1)),
  );
}
