import { add, mean, mul, pow, sigmoid, softplus, sub } from '@graft/tensor';
import type { Loss } from '../loss.ts';
import { matchTarget } from './match-target.ts';

export interface BinaryFocalOptions {
  /** How much easy samples are discounted; default 2. */
  readonly gamma?: number;
  /** How much positive targets count, from 0 to 1, where negative ones count 1 − alpha; default: both count 1. */
  readonly alpha?: number;
}

/** Focal loss of yes-or-no outputs: logits and targets from 0 to 1 of one shape, as detectors use it (Lin et al. 2017; torchvision's `sigmoid_focal_loss`). */
export function binaryFocal({ gamma = 2, alpha }: BinaryFocalOptions = {}): Loss {
  if (!(gamma >= 0)) throw new Error(`binaryFocal wants a gamma of 0 or more, got ${gamma}.`);
  if (alpha !== undefined && !(alpha >= 0 && alpha <= 1))
    throw new Error(`binaryFocal wants an alpha from 0 to 1, got ${alpha}.`);
  return (logits, targets) => {
    const wanted = matchTarget('binaryFocal', logits, targets);
    const surprise = sub(softplus(logits), mul(logits, wanted));
    const probability = sigmoid(logits);
    const miss = sub(add(probability, wanted), mul(mul(probability, wanted), 2)); // p where 0 is wanted, 1 − p where 1 is
    const focused = gamma === 0 ? surprise : mul(surprise, pow(miss, gamma));
    return mean(alpha === undefined ? focused : mul(focused, add(mul(wanted, 2 * alpha - 1), 1 - alpha)));
  };
}
