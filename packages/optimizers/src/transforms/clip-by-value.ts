import { clip } from '@graft/tensor';
import { type GradientTransform, stateless } from '../gradient-transform.ts';

/** Each number of each gradient, at most `maximum` away from 0. */
export function clipByValue(maximum: number): GradientTransform {
  if (!(maximum > 0)) throw new Error(`clipByValue wants a maximum above 0, got ${maximum}.`);
  return stateless('clipByValue', (grad) => clip(grad, -maximum, maximum));
}
