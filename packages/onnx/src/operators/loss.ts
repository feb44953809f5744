import {
  cast,
  div,
  equal,
  full,
  logSoftmax,
  mul,
  neg,
  oneHot,
  reshape,
  sum,
  type Tensor,
  upload,
  transpose,
  where,
} from '@graft/tensor';
import { type OnnxOperator, operator, type OperatorNode } from '../operator.ts';

/**
 * Negative log-likelihood of the target classes with class weights: [batch, classes, …] and [batch, …].
 * @param logs log-probabilities
 */
function negativeLogLikelihood(
  logs: Tensor,
  targets: Tensor,
  weight: Tensor | undefined,
  { attributes }: OperatorNode,
): Tensor {
  const classes = logs.shape[1]!;
  const ignored = attributes.int('ignore_index', undefined);
  // A class out of range gives a row of zeros, and no loss.
  const counted = ignored === undefined ? targets : where(equal(targets, ignored), full([], -1, targets), targets);
  const hot = upload(oneHot(counted, classes, logs), logs.backend);
  const chosen = transpose(hot, [0, hot.rank - 1, ...Array.from({ length: hot.rank - 2 }, (_, i) => i + 1)]);
  const share = weight
    ? mul(chosen, reshape(upload(weight, logs.backend), [1, -1, ...Array<number>(logs.rank - 2).fill(1)]))
    : chosen;
  // log 0 of a class other than the target does not contribute.
  const loss = neg(sum(where(cast(chosen, 'bool'), mul(logs, share), full([], 0, logs)), 1));
  const reduction = attributes.string('reduction', 'mean');
  if (reduction === 'none') return loss;
  return reduction === 'sum' ? sum(loss) : div(sum(loss), sum(share));
}

export const lossOperators: readonly OnnxOperator[] = [
  operator(
    'NegativeLogLikelihoodLoss',
    12,
    ([logs, targets, weight], node) => negativeLogLikelihood(logs!, targets!, weight, node),
    { inputs: [2, 3], steering: [2] },
  ),
  operator(
    'SoftmaxCrossEntropyLoss',
    12,
    ([scores, targets, weight], node) => {
      const logs = logSoftmax(scores!, 1);
      return [negativeLogLikelihood(logs, targets!, weight, node), logs];
    },
    { inputs: [2, 3], steering: [2] },
  ),
];
