import { div, log, logSoftmax, maximum, mul, sub, sum } from '@graft/tensor';
import type { Loss } from '../loss.ts';
import { matchTarget } from './match-target.ts';

/** Kullback–Leibler divergence between target probabilities and the softmax of logits, both [batch, ..., classes]. Summed over all axes but the batch, then averaged over the batch, in nats. */
export const klDivergence = (): Loss => (logits, targets) => {
  const wanted = matchTarget('klDivergence', logits, targets);
  const entropy = mul(wanted, log(maximum(wanted, 1e-30))); // 0 · log 0 is 0
  return div(sum(sub(entropy, mul(wanted, logSoftmax(logits, -1)))), logits.shape[0]!);
};
