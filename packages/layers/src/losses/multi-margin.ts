import { add, cast, gather, mean, mul, oneHot, relu, sub, sum } from '@graft/tensor';
import type { Loss } from '../loss.ts';
import { checkWeights, classRows, classWeights } from './class-indices.ts';

export interface MultiMarginOptions {
  /** The margin by which the correct class must beat each other class; default 1. */
  readonly margin?: number;
  /** Whether to square the loss. */
  readonly squared?: boolean;
  /** Class weights. */
  readonly weights?: readonly number[];
}

/** Multi-class hinge loss, averaged over classes and samples: each other class should be `margin` below the correct one. Logits [batch, classes], class indices [batch] (Crammer and Singer 2001; PyTorch's `MultiMarginLoss`). */
export function multiMargin({ margin = 1, squared = false, weights }: MultiMarginOptions = {}): Loss {
  if (!(margin > 0)) throw new Error(`multiMargin expects a margin above 0, got ${margin}.`);
  checkWeights('multiMargin', weights);
  return (logits, targets) => {
    const { rows, indices } = classRows('multiMargin', logits, targets);
    const classes = rows.shape[1]!;
    const right = cast(oneHot(indices, classes), rows.dtype);
    const own = sum(mul(rows, right), 1, true);
    const missing = relu(mul(add(sub(rows, own), margin), sub(1, right)));
    const each = sum(squared ? mul(missing, missing) : missing, 1);
    return mean(
      mul(weights ? mul(each, gather(classWeights('multiMargin', weights, rows), indices)) : each, 1 / classes),
    );
  };
}
