import { add, batchNorm, concat, moments, mul, narrow, type Parameter, type Random, reshape, scope, type Tensor } from '@graft/tensor';
import { constant } from '../initializers.ts';
import { Module } from '../module.ts';
import { bufferOf, initialise, weight } from '../parameters.ts';
import { inference, type Run } from '../run.ts';

export interface BatchNormOptions {
  readonly features: number;
  readonly epsilon?: number;
  /** Share of the batch's statistics in the running ones. */
  readonly momentum?: number;
}

/**
 * Batch normalisation by channel of [batch, features, ...]. Training uses the batch's statistics and updates the running
 * ones; inference, and a frozen layer always, uses the running ones and changes nothing. (Ioffe and Szegedy 2015)
 */
export class BatchNorm2d extends Module {
  readonly weight: Parameter;
  readonly bias: Parameter;
  // PyTorch's names: they are part of the parameters' paths.
  readonly running_mean: Parameter;
  readonly running_var: Parameter;
  private readonly epsilon: number;
  private readonly momentum: number;

  constructor({ features, epsilon = 1e-5, momentum = 0.1 }: BatchNormOptions) {
    super();
    this.weight = weight([features]);
    this.bias = weight([features]);
    this.running_mean = bufferOf([features], 0);
    this.running_var = bufferOf([features], 1);
    this.epsilon = epsilon;
    this.momentum = momentum;
    this.reset();
  }

  override reset(random?: Random): void {
    const stream = random as Random; // constants draw nothing
    initialise(this.weight, constant(1), stream);
    initialise(this.bias, constant(0), stream);
    initialise(this.running_mean, constant(0), stream);
    initialise(this.running_var, constant(1), stream);
  }

  override forward(x: Tensor, run: Run = inference): Tensor {
    return normalizeBatch(x, this, { epsilon: this.epsilon, momentum: this.momentum }, run);
  }
}

/** The parameters of a batch normalisation, wherever they are kept. */
export interface BatchNormParameters {
  readonly weight: Parameter;
  readonly bias: Parameter;
  readonly running_mean: Parameter;
  readonly running_var: Parameter;
}

/** What {@link BatchNorm2d} computes, for modules that keep the parameters themselves, such as imported graphs. */
export function normalizeBatch(x: Tensor, { weight, bias, running_mean, running_var }: BatchNormParameters, { epsilon, momentum }: { epsilon: number; momentum: number }, run: Run): Tensor {
  const row = (v: Tensor): Tensor => reshape(v, [1, -1]);
  if (!run.training || weight.frozen)
    return batchNorm(x, weight.value, bias.value, concat([row(running_mean.value), row(running_var.value)], 0), { epsilon });
  const batch = moments(x);
  const count = x.size / x.shape[1]!;
  const blend = (running: Tensor, i: number, scale: number): Tensor => scope(() => add(mul(running, 1 - momentum), mul(reshape(narrow(batch, 0, i, 1), [-1]), momentum * scale)));
  run.update(running_mean, blend(running_mean.value, 0, 1));
  // The running variance is the unbiased one, as in PyTorch.
  run.update(running_var, blend(running_var.value, 1, count / Math.max(1, count - 1)));
  return batchNorm(x, weight.value, bias.value, batch, { epsilon, training: true });
}
