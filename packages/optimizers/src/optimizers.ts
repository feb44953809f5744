import { chain, type GradientTransform } from './gradient-transform.ts';
import type { Schedule } from './schedule.ts';
import { addDecayedWeights } from './transforms/add-decayed-weights.ts';
import { momentum } from './transforms/momentum.ts';
import { type AdamOptions, scaleByAdam } from './transforms/scale-by-adam.ts';
import { scaleByLearningRate } from './transforms/scale-by-learning-rate.ts';

export interface SgdOptions {
  readonly learningRate: number | Schedule;
  readonly momentum?: number;
  readonly nesterov?: boolean;
  /** L2 regularisation: this share of each weight is added to its gradient. */
  readonly weightDecay?: number;
}
/** Stochastic gradient descent, as PyTorch's `SGD`. */
export const sgd = ({ learningRate, momentum: decay = 0, nesterov = false, weightDecay = 0 }: SgdOptions): GradientTransform =>
  chain(...(weightDecay ? [addDecayedWeights(weightDecay)] : []), ...(decay ? [momentum({ decay, nesterov })] : []), scaleByLearningRate(learningRate));

export interface AdamWOptions extends AdamOptions {
  readonly learningRate: number | Schedule;
  readonly weightDecay?: number;
}
/** Adam; weight decay, if any, is added to the gradients, as in PyTorch's `Adam`. */
export const adam = ({ learningRate, weightDecay = 0, ...options }: AdamWOptions): GradientTransform =>
  chain(...(weightDecay ? [addDecayedWeights(weightDecay)] : []), scaleByAdam(options), scaleByLearningRate(learningRate));

/** Adam with decoupled weight decay (Loshchilov and Hutter 2019), as PyTorch's `AdamW`. */
export const adamW = ({ learningRate, weightDecay = 0.01, ...options }: AdamWOptions): GradientTransform =>
  chain(scaleByAdam(options), addDecayedWeights(weightDecay), scaleByLearningRate(learningRate));
