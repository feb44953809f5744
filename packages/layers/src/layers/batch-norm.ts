import {
  add,
  batchNorm,
  concat,
  full,
  moments,
  mul,
  narrow,
  type Parameter,
  type Random,
  reshape,
  scope,
  type Tensor,
} from '@graft/tensor';
import { constant } from '../initializers.ts';
import { Module } from '../module.ts';
import { bufferOf, initialise, weight } from '../parameters.ts';
import { inference, type Run } from '../run.ts';
import { dimensionNames, checkShape, checkInteger } from './check-shape.ts';

/** Options of batch norms of any rank. */
export interface BatchNormOptions {
  readonly features: number;
  readonly epsilon?: number;
  /** Weight of the batch's statistics in the running ones. */
  readonly momentum?: number;
  /** Whether each channel has a weight and a bias. */
  readonly affine?: boolean;
  /** Whether to keep running statistics; without them, inference also uses the batch's. */
  readonly trackRunningStats?: boolean;
}

/** The parameters of a batch normalisation. */
export interface BatchNormParameters {
  readonly weight?: Parameter | undefined;
  readonly bias?: Parameter | undefined;
  readonly running_mean?: Parameter | undefined;
  readonly running_var?: Parameter | undefined;
}

/** Initial parameters of a per-channel normalisation, named as in PyTorch: weight 1, bias 0, mean 0, variance 1. */
export abstract class ChannelNorm extends Module implements BatchNormParameters {
  readonly weight: Parameter | undefined;
  readonly bias: Parameter | undefined;
  readonly running_mean: Parameter | undefined;
  readonly running_var: Parameter | undefined;
  protected readonly features: number;
  protected readonly epsilon: number;
  protected readonly momentum: number;

  constructor({ features, epsilon = 1e-5, momentum = 0.1, affine = true, trackRunningStats = true }: BatchNormOptions) {
    super();
    checkInteger(new.target.name, { features });
    this.weight = affine ? weight([features]) : undefined;
    this.bias = affine ? weight([features]) : undefined;
    this.running_mean = trackRunningStats ? bufferOf([features], 0) : undefined;
    this.running_var = trackRunningStats ? bufferOf([features], 1) : undefined;
    this.features = features;
    this.epsilon = epsilon;
    this.momentum = momentum;
    this.reset();
  }

  override reset(random?: Random): void {
    const starts = [
      [this.weight, 1],
      [this.bias, 0],
      [this.running_mean, 0],
      [this.running_var, 1],
    ] as const;
    for (const [parameter, value] of starts) if (parameter) initialise(parameter, constant(value), random);
  }
}

/**
 * Batch normalisation per channel of [batch, features, ...]. Training uses the batch's statistics and updates the running
 * ones; inference, and layers whose statistics are frozen, use the running ones and leave them as they are. (Ioffe and Szegedy 2015)
 */
abstract class BatchNorm extends ChannelNorm {
  /** The allowed numbers of dimensions after the channels. */
  protected abstract readonly ranks: readonly number[];

  override forward(x: Tensor, run: Run = inference): Tensor {
    const dims = this.ranks.find((rank) => rank === x.rank - 2);
    checkShape(
      this,
      x,
      ['batch', this.features, ...dimensionNames(dims ?? this.ranks[0]!)],
      dims === undefined && x.rank > 1 && x.rank < 6 ? `Use BatchNorm${Math.max(1, x.rank - 2)}d.` : '',
    );
    return normalizeBatch(x, this, { epsilon: this.epsilon, momentum: this.momentum }, run);
  }
}

/** Of [batch, features] or [batch, features, length]. */
export class BatchNorm1d extends BatchNorm {
  protected readonly ranks = [0, 1];
}
/** Of images [batch, features, height, width]. */
export class BatchNorm2d extends BatchNorm {
  protected readonly ranks = [2];
}
/** Of volumes [batch, features, depth, height, width]. */
export class BatchNorm3d extends BatchNorm {
  protected readonly ranks = [3];
}

/** The computation of {@link BatchNorm2d}, for modules that hold the parameters themselves, such as imported graphs. */
export function normalizeBatch(
  x: Tensor,
  parameters: BatchNormParameters,
  { epsilon, momentum }: { epsilon: number; momentum: number },
  run: Run,
): Tensor {
  const { running_mean, running_var } = parameters;
  const frozen = (running_mean ?? parameters.weight)?.frozen ?? false;
  const channels = x.shape[1]!;
  const weight = parameters.weight?.value ?? full([channels], 1, x);
  const bias = parameters.bias?.value ?? full([channels], 0, x);
  if (running_mean && running_var && (!run.training || frozen))
    return batchNorm(
      x,
      weight,
      bias,
      concat([reshape(running_mean.value, [1, -1]), reshape(running_var.value, [1, -1])], 0),
      { epsilon },
    );
  const batch = moments(x);
  if (running_mean && running_var) blend(batch, x.size / channels, running_mean, running_var, momentum, run);
  return batchNorm(x, weight, bias, batch, { epsilon, training: true });
}

/** Requests an update of the running statistics from moments [2, channels] of `count` elements each. */
export function blend(
  batch: Tensor,
  count: number,
  mean: Parameter,
  variance: Parameter,
  momentum: number,
  run: Run,
): void {
  const blended = (running: Tensor, i: number, scale: number): Tensor =>
    scope(() => add(mul(running, 1 - momentum), mul(reshape(narrow(batch, 0, i, 1), [-1]), momentum * scale)));
  run.update(mean, blended(mean.value, 0, 1));
  // The running variance is the unbiased one, as in PyTorch.
  run.update(variance, blended(variance.value, 1, count / Math.max(1, count - 1)));
}
