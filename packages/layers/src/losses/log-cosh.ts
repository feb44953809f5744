import { abs, add, mean, mul, softplus, sub } from '@graft/tensor';
import type { Loss } from '../loss.ts';
import { matchTarget } from './match-target.ts';

/** Mean log(cosh(difference)): quadratic near 0, linear far away. Output and target have the same shape. */
export const logCosh = (): Loss => (output, target) => {
  const distance = abs(sub(output, matchTarget('logCosh', output, target)));
  return mean(sub(add(distance, softplus(mul(distance, -2))), Math.LN2)); // log cosh d, without overflow in cosh
};
