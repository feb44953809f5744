import { add, mean, mul, neg, softplus, sub, tensor } from '@graft/tensor';
import type { Loss } from '../loss.ts';
import { matchTarget } from './match-target.ts';

export interface BinaryCrossEntropyOptions {
  /** Weight of positive targets: one number, or one for each output of a sample. More than 1 raises recall. */
  readonly posWeight?: number | readonly number[];
}

/** Mean binary cross-entropy of logits [batch, ...] and targets from 0 to 1 of the same shape, in nats. Each output is an independent binary decision. */
export function binaryCrossEntropyWithLogits({ posWeight = 1 }: BinaryCrossEntropyOptions = {}): Loss {
  const weights = typeof posWeight === 'number' ? [posWeight] : posWeight;
  for (const weight of weights)
    if (!(weight >= 0))
      throw new Error(`binaryCrossEntropyWithLogits expects a posWeight of 0 or more, got ${weight}.`);
  return (logits, targets) => {
    const wanted = matchTarget('binaryCrossEntropyWithLogits', logits, targets);
    if (weights.length !== 1 && weights.length !== logits.shape.at(-1))
      throw new Error(
        `binaryCrossEntropyWithLogits has ${weights.length} numbers in posWeight, but the model has ${logits.shape.at(-1)} outputs.`,
      );
    const extra = weights.every((weight) => weight === 1)
      ? undefined
      : tensor(
          weights.map((weight) => weight - 1),
          { dtype: logits.dtype, backend: logits.backend },
        );
    const surprise = softplus(neg(logits)); // −log of the probability of the positive class
    return mean(add(mul(sub(1, wanted), logits), extra ? mul(add(mul(wanted, extra), 1), surprise) : surprise));
  };
}
