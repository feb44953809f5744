import { div, log, logSoftmax, maximum, mul, sub, sum } from '@graft/tensor';
import type { Loss } from '../loss.ts';
import { matchTarget } from './match-target.ts';

/** Kullback–Leibler divergence of wanted probabilities from those of logits, both [batch, ..., classes]: summed over all but the batch, averaged over that, in nats. */
export const klDivergence = (): Loss => (logits, targets) => {
  const wanted = matchTarget('klDivergence', logits, targets);
  const entropy = mul(wanted, log(maximum(wanted, 1e-30))); // 0 · log 0 is 0
  return div(sum(sub(entropy, mul(wanted, logSoftmax(logits, -1)))), logits.shape[0]!);
};
