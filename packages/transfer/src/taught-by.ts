import type { Batch } from '@graft/data';
import { distillationTarget, type Module } from '@graft/layers';
import { noGrad, scope } from '@graft/tensor';
import { type Prepare, prepareBatch } from '@graft/train';

/**
 * Makes a teacher's logits, with the true classes beside them, what a student shall answer: the targets of the loss `distillation()` (Hinton et al. 2015).
 * The teacher runs as at inference, sees what the student sees, and does not learn.
 */
export const taughtBy =
  (teacher: Module): Prepare<Batch> =>
  (batch, backend) => {
    const { input, target } = prepareBatch(batch, backend);
    return { input, target: scope(() => noGrad(() => distillationTarget(teacher.forward(input), target))) };
  };
