import { type AnyModule, forward, type Loss, type ModuleInput, TrainingRun } from '@graft/layers';
import type { Optimizer } from '@graft/optimizers';
import { drop, type Parameter, type Random, scope, type Tensor, valueAndGrad } from '@graft/tensor';

/** Options of {@link gradients}. */
export interface GradientOptions {
  readonly model: AnyModule;
  readonly loss: Loss;
  /** What to differentiate with respect to, such as an optimizer's `parameters`. */
  readonly parameters: readonly Parameter[];
  /** For dropout and the like; its own for each step. */
  readonly random: Random;
}

/** What a batch says about a model: the first half of a training step. Who holds it frees it, or gives it to {@link applyGradients}. */
export interface StepGradients {
  /** The batch's loss, a mean over its samples. */
  readonly loss: Tensor;
  /** One for each parameter, in order. */
  readonly gradients: readonly Tensor[];
  /** New values of buffers, such as running statistics, in the order of the model's forward pass. */
  readonly statistics: ReadonlyMap<Parameter, Tensor>;
  /** Samples in the batch: what to weigh it by among other batches. */
  readonly samples: number;
}

/**
 * Combines a step's gradients with those of others before they are applied: returns the loss, gradients, statistics and number
 * of samples of all. What it does not return is freed for it.
 */
export type Reduce = (step: StepGradients) => Promise<StepGradients>;

/** Forward pass, loss and backward pass: what a step of training computes, without changing the model. */
export function gradients(
  { model, loss, parameters, random }: GradientOptions,
  { input, target, samples = target.shape[0] ?? 1 }: { input: ModuleInput; target: Tensor; samples?: number },
): StepGradients {
  return scope(() => {
    const run = new TrainingRun(random);
    const { value, grads } = valueAndGrad(() => loss(forward(model, input, run), target), parameters);
    return { loss: value, gradients: grads, statistics: run.take(), samples };
  });
}

/** Updates an optimizer's parameters and the buffers that have new statistics, and frees gradients and statistics. Returns the loss. */
export function applyGradients(optimizer: Optimizer, { loss, gradients, statistics }: StepGradients): Tensor {
  optimizer.step(gradients);
  for (const [buffer, value] of statistics) buffer.take(value);
  for (const gradient of gradients) drop(gradient);
  return loss;
}

/** Options of {@link trainStep}. */
export interface TrainStepOptions extends Omit<GradientOptions, 'parameters'> {
  readonly optimizer: Optimizer;
}

/** One step: forward, loss, gradients, update of weights and running statistics. Returns the loss. */
export const trainStep = ({ optimizer, ...options }: TrainStepOptions, input: ModuleInput, target: Tensor): Tensor =>
  scope(() =>
    applyGradients(optimizer, gradients({ ...options, parameters: optimizer.parameters }, { input, target })),
  );
