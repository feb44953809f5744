import { chain, type GradientTransform } from './gradient-transform.ts';
import type { Schedule } from './schedule.ts';
import { addDecayedWeights } from './transforms/add-decayed-weights.ts';
import { momentum } from './transforms/momentum.ts';
import { orthogonalize } from './transforms/orthogonalize.ts';
import { type AdadeltaOptions, scaleByAdadelta } from './transforms/scale-by-adadelta.ts';
import { type AdagradOptions, scaleByAdagrad } from './transforms/scale-by-adagrad.ts';
import { type AdamOptions, scaleByAdam } from './transforms/scale-by-adam.ts';
import { type AdamaxOptions, scaleByAdamax } from './transforms/scale-by-adamax.ts';
import { scaleByLearningRate } from './transforms/scale-by-learning-rate.ts';
import { type LionOptions, scaleByLion } from './transforms/scale-by-lion.ts';
import { type NadamOptions, scaleByNadam } from './transforms/scale-by-nadam.ts';
import { type RadamOptions, scaleByRadam } from './transforms/scale-by-radam.ts';
import { type RmsOptions, scaleByRms } from './transforms/scale-by-rms.ts';
import { scaleByTrustRatio, type TrustRatioOptions } from './transforms/scale-by-trust-ratio.ts';
import { splitBy } from './transforms/split-by.ts';

/** Options of every optimizer. */
export interface OptimizerOptions {
  readonly learningRate: number | Schedule;
  /** Weight decay; added to the gradients (L2 regularisation) or decoupled from them, depending on the optimizer. */
  readonly weightDecay?: number;
}

const decayed = (weightDecay: number): GradientTransform[] => (weightDecay ? [addDecayedWeights(weightDecay)] : []);
const moving = (decay: number | Schedule, nesterov = false): GradientTransform[] =>
  decay ? [momentum({ decay, nesterov })] : [];

/** Options of {@link sgd}. */
export interface SgdOptions {
  readonly learningRate: number | Schedule;
  readonly momentum?: number | Schedule;
  readonly nesterov?: boolean;
  /** L2 regularisation: this fraction of each weight is added to its gradient. */
  readonly weightDecay?: number;
}
/** Stochastic gradient descent, as in PyTorch's `SGD`. */
export const sgd = ({
  learningRate,
  momentum: decay = 0,
  nesterov = false,
  weightDecay = 0,
}: SgdOptions): GradientTransform =>
  chain(...decayed(weightDecay), ...moving(decay, nesterov), scaleByLearningRate(learningRate));

/** Options of {@link adam} and {@link adamW}. */
export interface AdamWOptions extends AdamOptions {
  readonly learningRate: number | Schedule;
  readonly weightDecay?: number;
}
/** Adam; weight decay, if any, is added to the gradients, as in PyTorch's `Adam`. */
export const adam = ({ learningRate, weightDecay = 0, ...options }: AdamWOptions): GradientTransform =>
  chain(...decayed(weightDecay), scaleByAdam(options), scaleByLearningRate(learningRate));

/** Adam with decoupled weight decay (Loshchilov and Hutter 2019), as in PyTorch's `AdamW`. */
export const adamW = ({ learningRate, weightDecay = 0.01, ...options }: AdamWOptions): GradientTransform =>
  chain(scaleByAdam(options), addDecayedWeights(weightDecay), scaleByLearningRate(learningRate));

/** Steps divided by the root mean square of recent gradients (Tieleman and Hinton 2012), as in PyTorch's `RMSprop`; decay is added to the gradients. */
export const rmsprop = ({
  learningRate,
  weightDecay = 0,
  momentum: decay = 0,
  ...options
}: OptimizerOptions & RmsOptions & { readonly momentum?: number | Schedule }): GradientTransform =>
  chain(...decayed(weightDecay), scaleByRms(options), ...moving(decay), scaleByLearningRate(learningRate));

/** Steps divided by the root of the sum of squared gradients (Duchi et al. 2011), as in PyTorch's `Adagrad`; decay is added to the gradients. For its `lr_decay`, use the schedule {@link inverseTime}. */
export const adagrad = ({
  learningRate,
  weightDecay = 0,
  ...options
}: OptimizerOptions & AdagradOptions): GradientTransform =>
  chain(...decayed(weightDecay), scaleByAdagrad(options), scaleByLearningRate(learningRate));

/** Steps in units of the weights (Zeiler 2012), as in PyTorch's `Adadelta`; decay is added to the gradients. */
export const adadelta = ({
  learningRate,
  weightDecay = 0,
  ...options
}: OptimizerOptions & AdadeltaOptions): GradientTransform =>
  chain(...decayed(weightDecay), scaleByAdadelta(options), scaleByLearningRate(learningRate));

/** Adam with the infinity norm (Kingma and Ba 2015), as in PyTorch's `Adamax`; decay is added to the gradients. */
export const adamax = ({
  learningRate,
  weightDecay = 0,
  ...options
}: OptimizerOptions & AdamaxOptions): GradientTransform =>
  chain(...decayed(weightDecay), scaleByAdamax(options), scaleByLearningRate(learningRate));

/** Adam with Nesterov momentum (Dozat 2016), as in PyTorch's `NAdam`; decay is added to the gradients. */
export const nadam = ({
  learningRate,
  weightDecay = 0,
  ...options
}: OptimizerOptions & NadamOptions): GradientTransform =>
  chain(...decayed(weightDecay), scaleByNadam(options), scaleByLearningRate(learningRate));

/** Rectified Adam (Liu et al. 2020), as in PyTorch's `RAdam`; decay is added to the gradients. */
export const radam = ({
  learningRate,
  weightDecay = 0,
  ...options
}: OptimizerOptions & RadamOptions): GradientTransform =>
  chain(...decayed(weightDecay), scaleByRadam(options), scaleByLearningRate(learningRate));

/** Lion: sign updates with decoupled decay (Chen et al. 2023). Use a third to a tenth of AdamW's learning rate. */
export const lion = ({
  learningRate,
  weightDecay = 0,
  ...options
}: OptimizerOptions & LionOptions): GradientTransform =>
  chain(scaleByLion(options), addDecayedWeights(weightDecay), scaleByLearningRate(learningRate));

/** AdamW with steps scaled to each parameter's norm, for very large batches (You et al. 2020). */
export const lamb = ({
  learningRate,
  weightDecay = 0,
  epsilon = 1e-6,
  ...options
}: OptimizerOptions & AdamOptions): GradientTransform =>
  chain(
    scaleByAdam({ epsilon, ...options }),
    addDecayedWeights(weightDecay),
    scaleByTrustRatio(),
    scaleByLearningRate(learningRate),
  );

/** SGD with momentum and steps scaled to each parameter's norm, for very large batches (You et al. 2017). As in Optax, the ratio uses the decayed gradient. */
export const lars = ({
  learningRate,
  weightDecay = 0,
  momentum: decay = 0.9,
  nesterov = false,
  coefficient = 1e-3,
  epsilon = 0,
}: SgdOptions & TrustRatioOptions): GradientTransform =>
  chain(
    ...decayed(weightDecay),
    scaleByTrustRatio({ coefficient, epsilon }),
    scaleByLearningRate(learningRate),
    ...moving(decay, nesterov),
  );

/** Options of {@link muon}. */
export interface MuonOptions extends OptimizerOptions {
  readonly momentum?: number;
  readonly nesterov?: boolean;
  /** Number of Newton–Schulz iterations. */
  readonly iterations?: number;
  /** Learning rate of vectors, which AdamW updates. Embeddings and heads also train better with AdamW: give them their own optimizer. */
  readonly vectors?: Partial<AdamWOptions>;
}
/** Orthogonalised momentum for matrices and kernels (Jordan et al. 2024), AdamW for vectors; decay is decoupled. */
export const muon = ({
  learningRate,
  weightDecay = 0,
  momentum: decay = 0.95,
  nesterov = true,
  iterations = 5,
  vectors,
}: MuonOptions): GradientTransform =>
  splitBy(
    ({ value }) => value.rank > 1,
    chain(
      momentum({ decay, nesterov }),
      orthogonalize({ iterations }),
      addDecayedWeights(weightDecay),
      scaleByLearningRate(learningRate),
    ),
    adamW({ learningRate: 3e-4, weightDecay, ...vectors }),
  );
