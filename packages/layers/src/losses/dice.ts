import { add, div, mean, mul, sub } from '@graft/tensor';
import type { Loss } from '../loss.ts';
import { overlap } from './overlap.ts';

export interface OverlapOptions {
  /** Added to numerator and denominator, so an absent class costs nothing; default 1. */
  readonly smooth?: number;
}

/** 1 − soft Dice coefficient, averaged over classes: logits [batch, classes, ...] with class indices [batch, ...], or with a mask of the same shape (Milletari et al. 2016). */
export function dice({ smooth = 1 }: OverlapOptions = {}): Loss {
  if (!(smooth >= 0)) throw new Error(`dice expects a smooth of 0 or more, got ${smooth}.`);
  return (logits, target) => {
    const { both, answers, targets } = overlap('dice', logits, target);
    return sub(1, mean(div(add(mul(both, 2), smooth), add(add(answers, targets), smooth))));
  };
}
