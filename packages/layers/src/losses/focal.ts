import { exp, gather, mean, mul, neg, pow, softmaxCrossEntropy, sub } from '@graft/tensor';
import type { Loss } from '../loss.ts';
import { checkWeights, classRows, classWeights } from './class-indices.ts';

export interface FocalOptions {
  /** How much easy samples are down-weighted; 0 gives cross-entropy. Default 2. */
  readonly gamma?: number;
  /** Class weights (the paper's α). */
  readonly weights?: readonly number[];
}

/** Cross-entropy of each sample times (1 − probability of its class)^gamma, averaged: logits [batch, classes, ...], class indices [batch, ...] (Lin et al. 2017). */
export function focal({ gamma = 2, weights }: FocalOptions = {}): Loss {
  if (!(gamma >= 0)) throw new Error(`focal expects a gamma of 0 or more, got ${gamma}.`);
  checkWeights('focal', weights);
  return (logits, targets) => {
    const { rows, indices } = classRows('focal', logits, targets);
    const surprise = softmaxCrossEntropy(rows, indices);
    // gamma 0 is a special case, because the derivative of x⁰ at 0 is NaN
    const focused = gamma === 0 ? surprise : mul(surprise, pow(sub(1, exp(neg(surprise))), gamma));
    return mean(weights ? mul(focused, gather(classWeights('focal', weights, rows), indices)) : focused);
  };
}
