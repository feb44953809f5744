import { type AnyModule, forward, type Loss, type ModuleInput, TrainingRun } from '@graft/layers';
import type { Optimizer } from '@graft/optimizers';
import { drop, type Parameter, type Random, scope, type Tensor, valueAndGrad } from '@graft/tensor';

/** Options of {@link gradients}. */
export interface GradientOptions {
  readonly model: AnyModule;
  readonly loss: Loss;
  /** What to differentiate with respect to, such as an optimizer's `parameters`. */
  readonly parameters: readonly Parameter[];
  /** Random numbers for dropout and similar layers; use a new stream for each step. */
  readonly random: Random;
}

/** The first half of a training step. Dispose its tensors, or pass it to {@link applyGradients}. */
export interface StepGradients {
  /** The mean loss over the batch's samples. */
  readonly loss: Tensor;
  /** One for each parameter, in order. */
  readonly gradients: readonly Tensor[];
  /** New values of buffers, such as running statistics, in the order of the model's forward pass. */
  readonly statistics: ReadonlyMap<Parameter, Tensor>;
  /** Samples in the batch: its weight when combined with other batches. */
  readonly samples: number;
}

/**
 * Combines a step with others before gradients are applied, and returns the combined loss, gradients, statistics and number of samples.
 * Tensors of the step that it does not return are disposed by `fit`.
 */
export type Reduce = (step: StepGradients) => Promise<StepGradients>;

/** Computes the forward pass, loss and backward pass of a training step without changing the model. */
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

/** Updates the optimizer's parameters and the model's buffers, and frees gradients and statistics. Returns the loss. */
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

/** Runs one training step: forward pass, loss, backward pass, and update of weights and running statistics. Returns the loss. */
export const trainStep = ({ optimizer, ...options }: TrainStepOptions, input: ModuleInput, target: Tensor): Tensor =>
  scope(() =>
    applyGradients(optimizer, gradients({ ...options, parameters: optimizer.parameters }, { input, target })),
  );
