import type { AnyBatch, Batch, FeatureStore, NamedBatch } from '@graft/data';
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
import { type ExtractOptions, extractFeatures, featureLoader, type Features } from './features.ts';
import { unfreezeLast } from './frozen.ts';
import type { TransferModel } from './transfer-model.ts';

/** Batches, epoch after epoch: what a `Loader` is. */
export interface BatchLoader<B extends AnyBatch = Batch> extends AsyncIterable<B> {
  /** Batches in an epoch. */
  readonly length: number;
  batches(epoch: number): AsyncIterable<B>;
}

/** What a phase's optimizer is made for. */
export interface OptimizerPlan {
  readonly learningRate: number;
  readonly weightDecay: number;
  /** Of the whole phase. */
  readonly steps: number;
}

/** How weights move in a phase. */
export type Policy = (plan: OptimizerPlan) => GradientTransform;

/** Options that all phases of training have. */
export interface PhaseOptions<Name extends string = string> {
  readonly epochs: number;
  readonly learningRate?: number;
  readonly weightDecay?: number;
  /** How weights move; default AdamW with a short warm-up and half a cosine, gradients clipped. */
  readonly policy?: Policy;
  readonly loss?: Loss;
  /** What the log has beside losses: of the training data, and as `validationAccuracy` of the validation data. */
  readonly metrics?: readonly Metric<Name>[];
  /** Whether metrics are computed on training data, too; default true. */
  readonly trainingMetrics?: boolean;
  readonly callbacks?: readonly Callback[];
  /** Gets what callbacks warn of; by default the console gets each warning once. */
  readonly onWarning?: OnWarning | undefined;
  readonly validation?: BatchLoader<AnyBatch> | undefined;
  readonly seed?: number;
  /** Combines a step's gradients with those of others before the update, as in `fit`. */
  readonly reduce?: Reduce | undefined;
  /** Puts what a checkpoint of this phase kept back into its parts, as `resumeRun` does; undefined where there is none. */
  readonly resume?: (parts: Parameters<typeof resumeRun>[2]) => Promise<RunPlace | undefined>;
}

/** Options of {@link trainHead}. */
export interface TrainHeadOptions<Name extends string = string> extends PhaseOptions<Name> {
  readonly batchSize?: number;
  /** Augmented views of each sample; their features are computed once. */
  readonly views?: number;
  /** Keeps features from one run to the next: `memoryFeatureStore()`, or `fileFeatureStore()` of `@graft/data/node`. */
  readonly store?: FeatureStore | undefined;
  /** Hears how many features there are so far, of each view, then of the validation data; and how many of them the store had. */
  readonly onFeatures?: ExtractOptions['onBatch'];
}

/** Trains the head on features that the frozen backbone computes once. */
export async function trainHead<Name extends string = never>(
  model: TransferModel<ModuleInput>,
  data: BatchLoader<AnyBatch>,
  options: TrainHeadOptions<Name>,
): Promise<readonly EpochLog<Name>[]> {
  const {
    epochs,
    learningRate = 1e-2,
    weightDecay = 1e-2,
    batchSize = 32,
    views = 1,
    seed = 0,
    validation,
    store,
    onFeatures,
    policy = warmCosine,
    resume,
    callbacks = [],
  } = options;
  unfreezeLast(model, 1);
  let [done, stored, batches] = [0, 0, 0];
  const total = views * data.length + (validation?.length ?? 0);
  const extract = async (from: BatchLoader<AnyBatch>, count: number): Promise<Features> => {
    const [before, storedBefore] = [done, stored];
    return extractFeatures(model.backbone, from, {
      views: count,
      store,
      onBatch(some, known) {
        onFeatures?.((done = before + some), (stored = storedBefore + known));
        batches++;
        for (const callback of callbacks) callback.onWork?.({ what: 'features', done: batches, total });
      },
    });
  };
  const features = await extract(data, views);
  const held = validation && featureLoader(await extract(validation, 1), { batchSize: 256, shuffle: false });
  const loader = featureLoader(features, { batchSize, seed });
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
  /** How many layer groups learn, the head being the last; default all. */
  readonly unfreeze?: number | 'all';
  /** The first group learns at this share of the last one's rate, those between in even ratios (Howard and Ruder 2018). */
  readonly firstGroupRate?: number;
  /** What a batch becomes for model and loss; default its inputs and classes. `taughtBy(teacher)` is another. */
  readonly prepare?: Prepare<Batch> | Prepare<NamedBatch>;
}

/** Trains the whole model, or its last groups, the earlier ones more gently. */
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
    seed = 0,
    validation,
    policy = warmCosine,
    prepare,
    resume,
    callbacks = [],
  } = options;
  unfreezeLast(model, unfreeze);
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

/** The layer groups that learn: the first at `firstGroupRate` of the last one's rate, those between in even ratios (Howard and Ruder 2018); vectors do not decay. */
export function gradedGroups(model: AnyModule, firstGroupRate = 0.1): ParameterGroup[] {
  const groups = model.layerGroups().filter(({ parameters }) => parameters.some((parameter) => parameter.trainable));
  return groups.flatMap(({ parameters }, i): ParameterGroup[] => {
    const rate = groups.length > 1 ? firstGroupRate ** (1 - i / (groups.length - 1)) : 1;
    return withoutDecayOnVectors(parameters).map((group) => ({ ...group, learningRate: rate }));
  });
}

/** AdamW with a short warm-up and half a cosine, gradients clipped. */
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
