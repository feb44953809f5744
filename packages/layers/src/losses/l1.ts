import { abs, mean, sub } from '@graft/tensor';
import type { Loss } from '../loss.ts';
import { matchTarget } from './match-target.ts';

/** Mean absolute error; output and target have the same shape. */
export const l1 = (): Loss => (output, target) => mean(abs(sub(output, matchTarget('l1', output, target))));
