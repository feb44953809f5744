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
 * −log of the probability of each target's class, weighted by class: [batch, classes, …] against [batch, …].
 * @param logs logarithms of probabilities
 */
function negativeLogLikelihood(
  logs: Tensor,
  targets: Tensor,
  weight: Tensor | undefined,
  { attributes }: OperatorNode,
): Tensor {
  const classes = logs.shape[1]!;
  const ignored = attributes.int('ignore_index', undefined);
  // A class outside of all gives a row of zeros, and so no loss.
  const counted = ignored === undefined ? targets : where(equal(targets, ignored), full([], -1, targets), targets);
  const hot = upload(oneHot(counted, classes, logs), logs.backend);
  const chosen = transpose(hot, [0, hot.rank - 1, ...Array.from({ length: hot.rank - 2 }, (_, i) => i + 1)]);
  const share = weight
    ? mul(chosen, reshape(upload(weight, logs.backend), [1, -1, ...Array<number>(logs.rank - 2).fill(1)]))
    : chosen;
  // Where log 0 meets a class that is not the target's, nothing is lost.
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
