import { mean, square, sub } from '@graft/tensor';
import type { Loss } from '../loss.ts';
import { matchTarget } from './match-target.ts';

/** Mean of squared differences; output and target have one shape. */
export const meanSquaredError = (): Loss => (output, target) =>
  mean(square(sub(output, matchTarget('meanSquaredError', output, target))));
