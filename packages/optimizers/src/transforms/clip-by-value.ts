import { clip } from '@graft/tensor';
import { type GradientTransform, stateless } from '../gradient-transform.ts';

/** Clamps each element of each gradient to ± `maximum`. */
export function clipByValue(maximum: number): GradientTransform {
  if (!(maximum > 0)) throw new Error(`clipByValue expects a maximum above 0, got ${maximum}.`);
  return stateless('clipByValue', (grad) => clip(grad, -maximum, maximum));
}
