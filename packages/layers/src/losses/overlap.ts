import {
  cast,
  isFloat,
  logSoftmax,
  exp,
  mul,
  oneHot,
  reshape,
  sameShape,
  sigmoid,
  sum,
  type Tensor,
} from '@graft/tensor';
import { classRows, logitRows } from './class-indices.ts';
import { matchTarget } from './match-target.ts';
import { checkOutput } from './check-output.ts';

/** Areas of predictions, of targets and of their intersection: three tensors with one number per class over the whole batch. */
export interface Overlap {
  readonly both: Tensor;
  readonly answers: Tensor;
  readonly targets: Tensor;
}

/** Overlap of logits [batch, classes, ...] with class indices [batch, ...] (by softmax), or with a mask of the logits' shape (by sigmoid). */
export function overlap(loss: string, logits: Tensor, targets: Tensor): Overlap {
  checkOutput(loss, logits);
  const isMask = sameShape(logits.shape, targets.shape) || (logits.rank < 2 && isFloat(targets.dtype));
  const rows = (x: Tensor): Tensor => (x.rank < 2 ? reshape(x, [-1, 1]) : logitRows(loss, x));
  const of = (answers: Tensor, wanted: Tensor): Overlap => ({
    both: sum(mul(answers, wanted), 0),
    answers: sum(answers, 0),
    targets: sum(wanted, 0),
  });
  if (isMask) return of(sigmoid(rows(logits)), rows(matchTarget(loss, logits, targets)));
  const { rows: classLogits, indices } = classRows(loss, logits, targets);
  const answers = exp(logSoftmax(classLogits, 1));
  return of(answers, cast(oneHot(indices, answers.shape[1]!), answers.dtype));
}
