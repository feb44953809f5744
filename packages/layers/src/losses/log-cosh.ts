import { abs, add, mean, mul, softplus, sub } from '@graft/tensor';
import type { Loss } from '../loss.ts';
import { matchTarget } from './match-target.ts';

/** Mean logarithm of the hyperbolic cosine of differences: a square near 0, an absolute value far away. Output and target have one shape. */
export const logCosh = (): Loss => (output, target) => {
  const distance = abs(sub(output, matchTarget('logCosh', output, target)));
  return mean(sub(add(distance, softplus(mul(distance, -2))), Math.LN2)); // log cosh d, where cosh itself would overflow
};
