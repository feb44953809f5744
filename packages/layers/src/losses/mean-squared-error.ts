import { mean, square, sub } from '@graft/tensor';
import type { Loss } from '../loss.ts';
import { matchTarget } from './match-target.ts';

/** Mean squared error; output and target have the same shape. */
export const meanSquaredError = (): Loss => (output, target) =>
  mean(square(sub(output, matchTarget('meanSquaredError', output, target))));
