import type { AnyBatch } from '@graft/data';
import { type AnyModule, distillationTarget, forward, type ModuleInput } from '@graft/layers';
import { noGrad, scope } from '@graft/tensor';
import { prepareBatch } from '@graft/train';

/**
 * Knowledge distillation: returns a `prepare` function whose targets are the teacher's logits and the true classes, as the loss `distillation()` expects them
 * (Hinton et al. 2015). The teacher gets the same inputs as the student, runs in inference mode and is not trained.
 */
export const taughtBy =
  (teacher: AnyModule): typeof prepareBatch =>
  <B extends AnyBatch>(batch: B, backend: Parameters<typeof prepareBatch>[1]) => {
    const { input, target } = prepareBatch(batch, backend);
    const targets = scope(() => noGrad(() => distillationTarget(forward<ModuleInput>(teacher, input), target)));
    return { input, target: targets };
  };
