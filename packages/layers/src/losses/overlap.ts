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
import { classIndices, knownClasses, logitRows } from './class-indices.ts';
import { matchTarget } from './match-target.ts';
import { wantOutput } from './want-output.ts';

/** How much answers, targets and both together cover: three tensors, one number for each class over the whole batch. */
export interface Overlap {
  readonly both: Tensor;
  readonly answers: Tensor;
  readonly targets: Tensor;
}

/** Overlap of logits [batch, classes, ...] with class indices [batch, ...] (by softmax), or with a mask of the logits' shape (by sigmoid). */
export function overlap(loss: string, logits: Tensor, targets: Tensor): Overlap {
  wantOutput(loss, logits);
  const isMask = sameShape(logits.shape, targets.shape) || (logits.rank < 2 && isFloat(targets.dtype));
  const rows = (x: Tensor): Tensor => (x.rank < 2 ? reshape(x, [-1, 1]) : logitRows(loss, x));
  const answers = isMask ? sigmoid(rows(logits)) : exp(logSoftmax(rows(logits), 1));
  const wanted = isMask
    ? rows(matchTarget(loss, logits, targets))
    : cast(
        oneHot(knownClasses(classIndices(loss, logits, targets), answers.shape[1]!), answers.shape[1]!),
        answers.dtype,
      );
  return { both: sum(mul(answers, wanted), 0), answers: sum(answers, 0), targets: sum(wanted, 0) };
}
