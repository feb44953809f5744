import type { AnyBatch, Batch, NamedBatch } from '@graft/data';
import { type AnyModule, crossEntropy, type Loss, type ModuleInput } from '@graft/layers';
import {
  adamW,
  chain,
  clipByGlobalNorm,
  cosine,
  type GradientTransform,
  Optimizer,
  type ParameterGroup,
  warmUp,
  withoutDecayOnVectors,
} from '@graft/optimizers';
import {
  type Callback,
  type EpochLog,
  fit,
  type FitOptions,
  type Metric,
  type OnWarning,
  type Prepare,
  type Reduce,
  type resumeRun,
  type RunPlace,
} from '@graft/train';
import type { BatchLoader } from './batch-loader.ts';
import { featureLoader } from './features.ts';
import { unfreezeLast } from './frozen.ts';
import { type HeadFeatures, headFeatures, type HeadFeaturesOptions } from './head-features.ts';
import type { TransferModel } from './transfer-model.ts';

/** The settings that a {@link Policy} builds an optimizer from. */
export interface OptimizerPlan {
  readonly learningRate: number;
  readonly weightDecay: number;
  /** Steps in the whole phase. */
  readonly steps: number;
}

/** Builds the gradient transform of a training phase. */
export type Policy = (plan: OptimizerPlan) => GradientTransform;

/** Options of every training phase. */
export interface PhaseOptions<Name extends string = string> {
  readonly epochs: number;
  readonly learningRate?: number;
  readonly weightDecay?: number;
  /** The optimizer and its schedule; default AdamW with a short warm-up, cosine decay and gradient clipping. */
  readonly policy?: Policy;
  readonly loss?: Loss;
  /** Metrics to log next to the loss; those of the validation data are prefixed, as in `validationAccuracy`. */
  readonly metrics?: readonly Metric<Name>[];
  /** Whether to also compute metrics on the training data; default true. */
  readonly trainingMetrics?: boolean;
  readonly callbacks?: readonly Callback[];
  /** Receives the warnings of callbacks; by default each warning is printed once. */
  readonly onWarning?: OnWarning | undefined;
  readonly validation?: BatchLoader<AnyBatch> | undefined;
  readonly seed?: number;
  /** Combines the gradients of several machines before each update, as in `fit`. */
  readonly reduce?: Reduce | undefined;
  /** Restores model, optimizer, data and callbacks from a checkpoint of this phase, as `resumeRun` does; returns undefined if there is none. */
  readonly resume?: (parts: Parameters<typeof resumeRun>[2]) => Promise<RunPlace | undefined>;
}

/** Options of {@link trainHead}. */
export interface TrainHeadOptions<Name extends string = string>
  extends PhaseOptions<Name>, Omit<HeadFeaturesOptions, 'callbacks' | 'validation'> {
  readonly batchSize?: number;
}

/** Trains the head on features that the frozen backbone computes once. Returns the log, one entry per epoch. */
export async function trainHead<Name extends string = never>(
  model: TransferModel<ModuleInput>,
  data: BatchLoader<AnyBatch>,
  options: TrainHeadOptions<Name>,
): Promise<readonly EpochLog<Name>[]> {
  return trainHeadOnFeatures(model, await headFeatures(model.backbone, data, options), options);
}

/** Trains the head on features that {@link headFeatures} computed. Returns the log, one entry per epoch. */
export async function trainHeadOnFeatures<Name extends string = never>(
  model: TransferModel<ModuleInput>,
  { training, heldOut }: HeadFeatures,
  options: Omit<TrainHeadOptions<Name>, 'validation' | keyof HeadFeaturesOptions> & Pick<PhaseOptions, 'callbacks'>,
): Promise<readonly EpochLog<Name>[]> {
  const {
    epochs,
    learningRate = 1e-2,
    weightDecay = 1e-2,
    batchSize = 32,
    seed = 0,
    policy = warmCosine,
    resume,
    callbacks = [],
  } = options;
  unfreezeLast(model, 1);
  const held = heldOut && featureLoader(heldOut, { batchSize: 256, shuffle: false });
  const loader = featureLoader(training, { batchSize, seed });
  const optimizer = new Optimizer(
    withoutDecayOnVectors([...model.head.parameters()].map(([, parameter]) => parameter)),
    policy({ learningRate, weightDecay, steps: epochs * loader.length }),
  );
  try {
    const place = await resume?.({ model: model.head, optimizer, data: loader, callbacks });
    return (
      await fit({
        ...common(options),
        model: model.head,
        optimizer,
        data: loader,
        validation: held,
        epochs,
        seed,
        resume: place,
      })
    ).log;
  } finally {
    optimizer.dispose();
  }
}

export interface TrainUnfrozenOptions<Name extends string = string> extends PhaseOptions<Name> {
  /** How many of the last layer groups to train; the head is the last group. Default all. */
  readonly unfreeze?: number | 'all';
  /** Whether running statistics of batch norms stay as they are, and are used in training, too. Small batches of few examples would replace them by worse ones. Default false. */
  readonly freezeStatistics?: boolean;
  /** The first group's learning rate, as a fraction of the last one's; rates in between are geometrically spaced (Howard and Ruder 2018). Default 0.1. */
  readonly firstGroupRate?: number;
  /** Turns a batch into the inputs of model and loss; default its inputs and labels. See `taughtBy(teacher)`. */
  readonly prepare?: Prepare<Batch> | Prepare<NamedBatch>;
}

/** Trains the whole model, or its last layer groups, with lower learning rates for earlier groups. Returns the log, one entry per epoch. */
export async function trainUnfrozen<Name extends string = never>(
  model: TransferModel<ModuleInput>,
  data: BatchLoader<AnyBatch>,
  options: TrainUnfrozenOptions<Name>,
): Promise<readonly EpochLog<Name>[]> {
  const {
    epochs,
    learningRate = 1e-3,
    weightDecay = 1e-2,
    unfreeze = 'all',
    firstGroupRate = 0.1,
    freezeStatistics = false,
    seed = 0,
    validation,
    policy = warmCosine,
    prepare,
    resume,
    callbacks = [],
  } = options;
  unfreezeLast(model, unfreeze, freezeStatistics);
  const optimizer = new Optimizer(
    gradedGroups(model, firstGroupRate),
    policy({ learningRate, weightDecay, steps: epochs * data.length }),
  );
  try {
    const place = await resume?.({ model, optimizer, data, callbacks });
    return (
      await fit({
        ...common(options),
        model,
        optimizer,
        data,
        validation,
        epochs,
        seed,
        resume: place,
        ...(prepare && { prepare: prepare as Prepare<AnyBatch> }),
      })
    ).log;
  } finally {
    optimizer.dispose();
  }
}

/**
 * Parameter groups with discriminative learning rates: the first trainable layer group learns at `firstGroupRate` times the last one's rate, and rates in between are
 * geometrically spaced (Howard and Ruder 2018). Biases and normalisation parameters do not decay.
 */
export function gradedGroups(model: AnyModule, firstGroupRate = 0.1): ParameterGroup[] {
  const groups = model.layerGroups().filter(({ parameters }) => parameters.some((parameter) => parameter.trainable));
  return groups.flatMap(({ parameters }, i): ParameterGroup[] => {
    const rate = groups.length > 1 ? firstGroupRate ** (1 - i / (groups.length - 1)) : 1;
    return withoutDecayOnVectors(parameters).map((group) => ({ ...group, learningRate: rate }));
  });
}

/** AdamW with warm-up over 5 % of the steps, cosine decay and gradient clipping. */
const warmCosine: Policy = ({ learningRate, weightDecay, steps }) => {
  const warm = Math.ceil(steps / 20);
  return chain(
    clipByGlobalNorm(1),
    adamW({
      learningRate: warmUp({ steps: warm, then: cosine({ from: learningRate, steps: Math.max(1, steps - warm) }) }),
      weightDecay,
    }),
  );
};

const common = <Name extends string>({
  loss = crossEntropy(),
  metrics = [],
  callbacks = [],
  reduce,
  onWarning,
  trainingMetrics,
}: PhaseOptions<Name>): Pick<
  FitOptions<Batch, Name>,
  'loss' | 'metrics' | 'trainingMetrics' | 'callbacks' | 'reduce' | 'onWarning'
> => ({
  ...(trainingMetrics !== undefined && { trainingMetrics }),
  loss,
  metrics,
  callbacks,
  reduce,
  onWarning,
});
