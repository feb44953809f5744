import type { AnyBatch } from '@graft/data';
import { type AnyModule, distillationTarget, forward, type ModuleInput } from '@graft/layers';
import { noGrad, scope } from '@graft/tensor';
import { prepareBatch } from '@graft/train';

/**
 * Makes a teacher's logits, with the true classes beside them, what a student shall answer: the targets of the loss `distillation()` (Hinton et al. 2015).
 * The teacher runs as at inference, sees what the student sees, and does not learn.
 */
export const taughtBy =
  (teacher: AnyModule): typeof prepareBatch =>
  <B extends AnyBatch>(batch: B, backend: Parameters<typeof prepareBatch>[1]) => {
    const { input, target } = prepareBatch(batch, backend);
    const answer = scope(() => noGrad(() => distillationTarget(forward<ModuleInput>(teacher, input), target)));
    return { input, target: answer };
  };
