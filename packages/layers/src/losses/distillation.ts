import {
  add,
  cast,
  concat,
  div,
  mul,
  narrow,
  reshape,
  sameShape,
  showShape,
  softmax,
  type Tensor,
  upload,
} from '@graft/tensor';
import type { Loss } from '../loss.ts';
import { crossEntropy } from './cross-entropy.ts';
import { klDivergence } from './kl-divergence.ts';
import { checkOutput } from './check-output.ts';

export interface DistillationOptions {
  /** Divides both networks' logits; a higher temperature gives unlikely classes more weight. Default 4. */
  readonly temperature?: number;
  /** Weight of the teacher, if the targets also hold classes; default 0.9. */
  readonly alpha?: number;
}

/**
 * Trains a small network to match a large one: `alpha` · temperature² · divergence from the teacher + (1 − alpha) · cross-entropy (Hinton et al. 2015).
 * Logits [batch, classes]; targets are the teacher's logits [batch, classes], or those with the true class in an extra column: {@link distillationTarget}.
 */
export function distillation({ temperature = 4, alpha = 0.9 }: DistillationOptions = {}): Loss {
  if (!(temperature > 0)) throw new Error(`distillation expects a temperature above 0, got ${temperature}.`);
  if (!(alpha >= 0 && alpha <= 1)) throw new Error(`distillation expects an alpha from 0 to 1, got ${alpha}.`);
  const [divergence, hard] = [klDivergence(), crossEntropy()];
  return (logits, target) => {
    checkOutput('distillation', logits);
    const [batch, classes] = logits.shape as [number, number];
    const hasClasses = sameShape(target.shape, [batch, classes + 1]);
    if (logits.rank !== 2 || !(hasClasses || sameShape(target.shape, logits.shape)))
      throw new Error(
        `distillation expects logits [batch, classes] and a teacher's logits of that shape, with the true class in an optional extra column, got ${showShape(logits.shape)} and ${showShape(target.shape)}.`,
      );
    const teacher = hasClasses ? narrow(target, 1, 0, classes) : target;
    const soft = mul(divergence(div(logits, temperature), softmax(div(teacher, temperature), 1)), temperature ** 2);
    if (!hasClasses) return soft;
    return add(
      mul(soft, alpha),
      mul(hard(logits, cast(reshape(narrow(target, 1, classes, 1), [-1]), 'int32')), 1 - alpha),
    );
  };
}

/** A teacher's logits [batch, classes] with the true classes [batch] in an extra column. */
export const distillationTarget = (teacher: Tensor, classes: Tensor): Tensor =>
  concat([teacher, cast(reshape(upload(classes, teacher.backend), [-1, 1]), teacher.dtype)], 1);
