import {
  add,
  cast,
  div,
  equal,
  gather,
  isFloat,
  logSoftmax,
  mean,
  mul,
  neg,
  not,
  sameShape,
  softmaxCrossEntropy,
  sum,
  type Tensor,
} from '@graft/tensor';
import type { Loss } from '../loss.ts';
import { checkWeights, classRows, classWeights, logitRows } from './class-indices.ts';

export interface CrossEntropyOptions {
  /** Class weights, for imbalanced data; the mean is then weighted, as in PyTorch. */
  readonly weights?: readonly number[];
  /** Fraction of each target that is spread evenly over all classes (Szegedy et al. 2016). */
  readonly labelSmoothing?: number;
  /** A class index to ignore, such as 255 for unlabelled pixels. */
  readonly ignoreIndex?: number;
}

/** Mean cross-entropy of logits [batch, classes, ...] and class indices [batch, ...], or probabilities of the logits' shape, in nats. */
export function crossEntropy({ weights, labelSmoothing = 0, ignoreIndex }: CrossEntropyOptions = {}): Loss {
  if (!(labelSmoothing >= 0 && labelSmoothing <= 1))
    throw new Error(`crossEntropy expects a labelSmoothing from 0 to 1, got ${labelSmoothing}.`);
  checkWeights('crossEntropy', weights);

  const ofIndices = (logits: Tensor, targets: Tensor): Tensor => {
    const { rows, indices } = classRows('crossEntropy', logits, targets, ignoreIndex);
    const classes = rows.shape[1]!;
    const spread = (): Tensor =>
      neg(weights ? sum(mul(logSoftmax(rows, 1), weightsLike(rows)), 1) : sum(logSoftmax(rows, 1), 1));
    const mix = (hard: Tensor, even: () => Tensor): Tensor =>
      labelSmoothing === 0 ? hard : add(mul(hard, 1 - labelSmoothing), mul(even(), labelSmoothing / classes));
    if (!weights && ignoreIndex === undefined)
      return mix(mean(softmaxCrossEntropy(rows, indices)), () => mean(spread()));
    const counts = ignoreIndex === undefined ? undefined : not(equal(indices, ignoreIndex));
    const known = counts ? mul(indices, cast(counts, 'int32')) : indices;
    const counted = (x: Tensor): Tensor => (counts ? mul(x, cast(counts, x.dtype)) : x);
    const share = weights ? counted(gather(weightsLike(rows), known)) : cast(counts!, rows.dtype);
    const whole = sum(share);
    return mix(div(sum(mul(softmaxCrossEntropy(rows, known), share)), whole), () => div(sum(counted(spread())), whole));
  };

  const ofProbabilities = (logits: Tensor, targets: Tensor): Tensor => {
    if (ignoreIndex !== undefined)
      throw new Error(
        'crossEntropy has an ignoreIndex, but the targets are probabilities. Use class indices, or omit ignoreIndex.',
      );
    const rows = logitRows('crossEntropy', logits);
    const wanted = cast(logitRows('crossEntropy', targets), rows.dtype);
    const smooth =
      labelSmoothing === 0 ? wanted : add(mul(wanted, 1 - labelSmoothing), labelSmoothing / rows.shape[1]!);
    return neg(mean(sum(mul(logSoftmax(rows, 1), weights ? mul(smooth, weightsLike(rows)) : smooth), 1)));
  };

  const weightsLike = (rows: Tensor): Tensor => classWeights('crossEntropy', weights!, rows);
  return (logits, targets) =>
    (isFloat(targets.dtype) && sameShape(logits.shape, targets.shape) ? ofProbabilities : ofIndices)(logits, targets);
}
