import { add, mean, mul, pow, sigmoid, softplus, sub } from '@graft/tensor';
import type { Loss } from '../loss.ts';
import { matchTarget } from './match-target.ts';

export interface BinaryFocalOptions {
  /** How much easy samples are down-weighted; default 2. */
  readonly gamma?: number;
  /** Weight of positive targets, from 0 to 1; negative ones get 1 − alpha. By default both get 1. */
  readonly alpha?: number;
}

/** Binary focal loss, as used by detectors: logits and targets from 0 to 1 of the same shape (Lin et al. 2017; torchvision's `sigmoid_focal_loss`). */
export function binaryFocal({ gamma = 2, alpha }: BinaryFocalOptions = {}): Loss {
  if (!(gamma >= 0)) throw new Error(`binaryFocal expects a gamma of 0 or more, got ${gamma}.`);
  if (alpha !== undefined && !(alpha >= 0 && alpha <= 1))
    throw new Error(`binaryFocal expects an alpha from 0 to 1, got ${alpha}.`);
  return (logits, targets) => {
    const wanted = matchTarget('binaryFocal', logits, targets);
    const surprise = sub(softplus(logits), mul(logits, wanted));
    const probability = sigmoid(logits);
    const miss = sub(add(probability, wanted), mul(mul(probability, wanted), 2)); // p for target 0, 1 − p for target 1
    const focused = gamma === 0 ? surprise : mul(surprise, pow(miss, gamma));
    return mean(alpha === undefined ? focused : mul(focused, add(mul(wanted, 2 * alpha - 1), 1 - alpha)));
  };
}
