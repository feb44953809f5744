import { add, div, minimum, mul, scalar, sqrt, square, sum } from '@graft/tensor';
import type { GradientTransform } from '../gradient-transform.ts';

/** Scales all gradients together to a global norm of at most `maximum`, against exploding gradients (Pascanu et al. 2013). */
export function clipByGlobalNorm(maximum: number): GradientTransform {
  if (!(maximum > 0)) throw new Error(`clipByGlobalNorm expects a maximum above 0, got ${maximum}.`);
  return {
    name: 'clipByGlobalNorm',
    init: () => [],
    update(grads) {
      if (!grads.length) return [grads, []];
      const norm = sqrt(grads.map((grad) => sum(square(grad))).reduce((a, b) => add(a, b)));
      const scale = minimum(div(scalar(maximum, norm), add(norm, 1e-6)), 1);
      return [grads.map((grad) => mul(grad, scale)), []];
    },
  };
}
