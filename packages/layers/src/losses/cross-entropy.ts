import { add, logSoftmax, mean, mul, neg, softmaxCrossEntropy } from '@graft/tensor';
import type { Loss } from '../loss.ts';

export interface CrossEntropyOptions {
  /** Share of each target that is spread evenly over all classes (Szegedy et al. 2016). */
  readonly labelSmoothing?: number;
}

/** Mean cross-entropy of logits [batch, classes] and class indices [batch], in nats. */
export function crossEntropy({ labelSmoothing = 0 }: CrossEntropyOptions = {}): Loss {
  if (!(labelSmoothing >= 0 && labelSmoothing <= 1)) throw new Error(`crossEntropy wants labelSmoothing from 0 to 1, got ${labelSmoothing}.`);
  return (logits, targets) => {
    const hard = mean(softmaxCrossEntropy(logits, targets));
    return labelSmoothing === 0 ? hard : add(mul(hard, 1 - labelSmoothing), mul(neg(mean(logSoftmax(logits, 1))), labelSmoothing));
  };
}
