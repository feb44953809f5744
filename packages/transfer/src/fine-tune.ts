import type { Batch } from '@graft/data';
import { crossEntropy, type Loss } from '@graft/layers';
import { adamW, chain, clipByGlobalNorm, cosine, type GradientTransform, Optimizer, type ParameterGroup, warmUp, withoutDecayOnVectors } from '@graft/optimizers';
import { type Callback, type EpochLog, fit, type Metric, type resumeRun, type RunPlace } from '@graft/train';
import { type ExtractOptions, extractFeatures, featureLoader } from './features.ts';
import { unfreezeLast } from './frozen.ts';
import type { TransferModel } from './transfer-model.ts';

/** Batches, epoch after epoch: what a `Loader` is. */
export interface BatchLoader extends AsyncIterable<Batch> {
  /** Batches in an epoch. */
  readonly length: number;
  batches(epoch: number): AsyncIterable<Batch>;
}

export interface PhaseOptions {
  readonly epochs: number;
  readonly learningRate?: number;
  readonly weightDecay?: number;
  readonly loss?: Loss;
  readonly metrics?: readonly Metric[];
  readonly callbacks?: readonly Callback[];
  readonly validation?: BatchLoader | undefined;
  readonly seed?: number;
  /** Makes the optimizer; default AdamW with a short warm-up and half a cosine, gradients clipped. */
  readonly optimizer?: (plan: OptimizerPlan) => GradientTransform;
  /** Puts what a checkpoint of this phase kept back into its parts, as `resumeRun` does; undefined where there is none. */
  readonly resume?: (parts: Parameters<typeof resumeRun>[2]) => Promise<RunPlace | undefined>;
}

/** What a phase's optimizer is made for. */
export interface OptimizerPlan {
  readonly learningRate: number;
  readonly weightDecay: number;
  /** Of the whole phase. */
  readonly steps: number;
}

export interface TrainHeadOptions extends PhaseOptions {
  readonly batchSize?: number;
  /** Augmented views of each sample; their features are computed once. */
  readonly views?: number;
  /** Hears how many features are computed so far: of each view, then of the validation data. */
  readonly onFeatures?: ExtractOptions['onBatch'];
}

/** Trains the head on features that the frozen backbone computes once. */
export async function trainHead(model: TransferModel, data: BatchLoader, options: TrainHeadOptions): Promise<readonly EpochLog[]> {
  const { epochs, learningRate = 1e-2, weightDecay = 1e-2, optimizer: make = defaultOptimizer, resume, callbacks = [], batchSize = 32, views = 1, seed = 0, validation, onFeatures } = options;
  unfreezeLast(model, 1);
  const features = await extractFeatures(model.backbone, data, { views, ...(onFeatures && { onBatch: onFeatures }) });
  const held = validation && featureLoader(await extractFeatures(model.backbone, validation, { ...(onFeatures && { onBatch: (done) => onFeatures(features.samples.length + done) }) }), { batchSize: 256, shuffle: false });
  const loader = featureLoader(features, { batchSize, seed });
  const optimizer = new Optimizer(withoutDecayOnVectors([...model.head.parameters()].map(([, parameter]) => parameter)), make({ learningRate, weightDecay, steps: epochs * loader.length }));
  try {
    const place = await resume?.({ model: model.head, optimizer, data: loader, callbacks });
    return (await fit({ ...common(options), model: model.head, optimizer, data: loader, validation: held, epochs, seed, resume: place })).log;
  } finally {
    optimizer.dispose();
  }
}

export interface TrainUnfrozenOptions extends PhaseOptions {
  /** How many layer groups learn, the head being the last; default all. */
  readonly unfreeze?: number | 'all';
  /** The first group learns at this share of the last one's rate, those between in even ratios (Howard and Ruder 2018). */
  readonly firstGroupRate?: number;
}

/** Trains the whole model, or its last groups, the earlier ones more gently. */
export async function trainUnfrozen(model: TransferModel, data: BatchLoader, options: TrainUnfrozenOptions): Promise<readonly EpochLog[]> {
  const { epochs, learningRate = 1e-3, weightDecay = 1e-2, optimizer: make = defaultOptimizer, resume, callbacks = [], unfreeze = 'all', firstGroupRate = 0.1, seed = 0, validation } = options;
  unfreezeLast(model, unfreeze);
  const groups = model.layerGroups().filter(({ parameters }) => parameters.some((parameter) => parameter.trainable));
  const parameters = groups.flatMap(({ parameters }, i): ParameterGroup[] => {
    const rate = groups.length > 1 ? firstGroupRate ** (1 - i / (groups.length - 1)) : 1;
    return withoutDecayOnVectors(parameters).map((group) => ({ ...group, learningRate: rate }));
  });
  const optimizer = new Optimizer(parameters, make({ learningRate, weightDecay, steps: epochs * data.length }));
  try {
    const place = await resume?.({ model, optimizer, data, callbacks });
    return (await fit({ ...common(options), model, optimizer, data, validation, epochs, seed, resume: place })).log;
  } finally {
    optimizer.dispose();
  }
}

/** AdamW with a short warm-up and half a cosine, gradients clipped. */
const defaultOptimizer = ({ learningRate, weightDecay, steps }: OptimizerPlan): GradientTransform => {
  const warm = Math.ceil(steps / 20);
  return chain(clipByGlobalNorm(1), adamW({ learningRate: warmUp({ steps: warm, then: cosine({ from: learningRate, steps: Math.max(1, steps - warm) }) }), weightDecay }));
};

const common = ({ loss = crossEntropy(), metrics = [], callbacks = [] }: PhaseOptions): { loss: Loss; metrics: readonly Metric[]; callbacks: readonly Callback[] } => ({ loss, metrics, callbacks });
