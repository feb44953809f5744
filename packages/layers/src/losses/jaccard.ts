import { add, div, mean, sub } from '@graft/tensor';
import type { Loss } from '../loss.ts';
import type { OverlapOptions } from './dice.ts';
import { overlap } from './overlap.ts';

/** 1 − soft intersection over union, averaged over classes: logits [batch, classes, ...] with class indices [batch, ...], or with a mask of the same shape (Rahman and Wang 2016). */
export function jaccard({ smooth = 1 }: OverlapOptions = {}): Loss {
  if (!(smooth >= 0)) throw new Error(`jaccard expects a smooth of 0 or more, got ${smooth}.`);
  return (logits, target) => {
    const { both, answers, targets } = overlap('jaccard', logits, target);
    return sub(1, mean(div(add(both, smooth), add(sub(add(answers, targets), both), smooth))));
  };
}
