import { type Loss, type Module, TrainingRun } from '@graft/layers';
import type { Optimizer } from '@graft/optimizers';
import { type Random, scope, type Tensor, valueAndGrad } from '@graft/tensor';

/** Options of {@link trainStep}. */
export interface TrainStepOptions {
  readonly model: Module;
  readonly loss: Loss;
  readonly optimizer: Optimizer;
  /** For dropout and the like; its own for each step. */
  readonly random: Random;
}

/** One step: forward, loss, gradients, update of weights and running statistics. Returns the loss. */
export function trainStep({ model, loss, optimizer, random }: TrainStepOptions, input: Tensor, target: Tensor): Tensor {
  return scope(() => {
    const run = new TrainingRun(random);
    const { value, grads } = valueAndGrad(() => loss(model.forward(input, run), target), optimizer.parameters);
    optimizer.step(grads);
    run.commit();
    return value;
  });
}
