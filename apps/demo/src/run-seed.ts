import { digits, type Preset } from '@graft/augment';
import { type Batch, type Dataset, type Image, imageBatch, type Labelled, Loader, onInput, subset } from '@graft/data';
import { type Backbone, openBackbone, openNetwork, type RunProgress } from '@graft/finetune';
import { crossEntropy, type Module } from '@graft/layers';
import { adam, cosine, Optimizer } from '@graft/optimizers';
import type { App } from '@graft/plugin';
import { percent } from '@graft/report';
import { classification, imageModality, type Modality } from '@graft/tasks';
import { type AnyBackend, Random } from '@graft/tensor';
import { accuracy, type Callback, type EpochLog, evaluate, fit } from '@graft/train';
import {
  changedSince,
  extractFeatures,
  featureLoader,
  frozenDigests,
  linearHead,
  trainHead,
  trainUnfrozen,
  TransferModel,
  unfreezeLast,
} from '@graft/transfer';
import { linearOnPixels, smallCnn } from './baselines.ts';
import type { DemoData } from './data.ts';
import { splitDigits } from './digits.ts';
import type { Plan } from './plan.ts';

export const rowNames = [
  'logistic regression on pixels',
  'small CNN from scratch',
  'small CNN, augmented',
  'frozen backbone, new head',
  'full fine-tuning',
] as const;
export type RowName = (typeof rowNames)[number];

/** The results of one seed. */
export interface Outcome {
  readonly accuracies: Record<RowName, number>;
  /** Training time, without evaluation. */
  readonly seconds: Record<RowName, number>;
  readonly backbone: Backbone;
  readonly model: TransferModel;
  readonly frozenTensors: number;
  readonly frozenTensorsChanged: number;
  /** Logs of the last two methods, in order. */
  readonly phases: readonly { readonly name: string; readonly log: readonly EpochLog[] }[];
  /** Held-out images in batches. */
  readonly test: Loader<Labelled<Image>, Labelled<Image>>;
  /** Indices of the held-out images in the folder. */
  readonly heldOut: readonly number[];
  /** Indices of the training images in the folder. */
  readonly trained: readonly number[];
}

interface SeedOptions {
  readonly app: App;
  readonly backend: AnyBackend;
  readonly data: DemoData;
  readonly seed: number;
  readonly plan: Plan;
  readonly progress: RunProgress;
  /** Creates a progress bar for each method. */
  readonly bar: (label: string) => readonly Callback[];
}

/** Trains all five methods on the same training images and evaluates them on the same test images. */
export async function runSeed({ app, backend, data, seed, plan, progress, bar }: SeedOptions): Promise<Outcome> {
  const parts = splitDigits(data.folder.labels, { seed, perClass: plan.perClass, test: plan.testImages });
  new Random(seed).shuffle(parts.test); // the report shows the first ones, which should cover all classes
  const loader = (
    preset: Preset,
    indices: readonly number[],
    training: boolean,
  ): Loader<Labelled<Image>, Labelled<Image>> =>
    imageLoader(data.images, indices, preset, { training, batchSize: training ? plan.batch : 100, seed });
  const callbacks = (label: string): Callback[] => [
    { name: 'breathe', beforeStep: () => progress.breathe() },
    ...bar(label),
  ];
  const accuracies = {} as Record<RowName, number>;
  const seconds = {} as Record<RowName, number>;
  const timed = async (name: RowName, train: () => Promise<unknown>): Promise<void> => {
    const start = performance.now();
    await train();
    seconds[name] = (performance.now() - start) / 1000;
  };
  const score = (name: RowName, result: Record<string, number>): void => {
    accuracies[name] = result['accuracy']!;
    progress.say(`seed ${seed} · ${name}: ${percent(accuracies[name])}`);
  };

  const small: Preset = { ...digits({ size: 28 }), normalization: { mean: [0.5], std: [0.5] } };
  const fromScratch = async (
    name: RowName,
    model: Module,
    { epochs, learningRate }: { epochs: number; learningRate: number },
    augmented: boolean,
  ): Promise<void> => {
    await model.initialize(seed).to(backend);
    const training = loader(augmented ? small : { ...small, training: small.evaluation }, parts.train, true);
    const optimizer = new Optimizer(
      model,
      adam({ learningRate: cosine({ from: learningRate, steps: epochs * training.length }) }),
    );
    await timed(name, () =>
      fit({ model, loss: crossEntropy(), optimizer, data: training, epochs, seed, callbacks: callbacks(name) }),
    );
    optimizer.dispose();
    score(name, await evaluate(model, loader(small, parts.test, false), { metrics: [accuracy()] }));
    model.dispose();
  };
  await fromScratch('logistic regression on pixels', linearOnPixels(28), plan.linear, false);
  await fromScratch('small CNN from scratch', smallCnn(), plan.cnn, false);
  await fromScratch('small CNN, augmented', smallCnn(), plan.cnnAugmented, true);

  const images = imageModality({}, app) as Modality;
  const network = await openNetwork(app, 'ppocr-v4-rec');
  const feed = await images.feed(network, classification);
  const backbone = await openBackbone(app, backend, network, { modality: images, feed });
  const preset = presetOf(backbone);
  const [training, test] = [loader(preset, parts.train, true), loader(preset, parts.test, false)];
  const head = linearHead({ features: [1, backbone.features], classes: data.folder.classes.length }).initialize(seed);
  const model = await new TransferModel(backbone.module, head).to(backend);
  unfreezeLast(model, 1);
  const digests = await frozenDigests(model);
  const phases: { name: string; log: readonly EpochLog[] }[] = [];
  await timed('frozen backbone, new head', async () => {
    const log = await trainHead(model, training, {
      ...plan.head,
      batchSize: plan.batch,
      seed,
      callbacks: callbacks('new head'),
    });
    phases.push({ name: 'new head', log });
  });
  const frozenTensorsChanged = (await changedSince(model, digests)).length;
  const features = await extractFeatures(model.backbone, test);
  score(
    'frozen backbone, new head',
    await evaluate(model.head, featureLoader(features, { batchSize: 500, shuffle: false }), { metrics: [accuracy()] }),
  );

  // Continues from the new head, so its time is included.
  await timed('full fine-tuning', async () => {
    const log = await trainUnfrozen(model, training, { ...plan.full, seed, callbacks: callbacks('full fine-tuning') });
    phases.push({ name: 'fine-tuning', log });
  });
  seconds['full fine-tuning'] += seconds['frozen backbone, new head'];
  score('full fine-tuning', await evaluate(model, test, { metrics: [accuracy()] }));
  return {
    accuracies,
    seconds,
    backbone,
    model,
    frozenTensors: digests.size,
    frozenTensorsChanged,
    phases,
    test,
    heldOut: parts.test,
    trained: parts.train,
  };
}

/** The preset for the network's preprocessing. */
function presetOf({ feed }: Backbone): Preset {
  const { height, mean, std, channels, order } = feed.preprocessing as {
    height: number;
    mean: readonly number[];
    std: readonly number[];
    channels: 1 | 3;
    order: 'rgb' | 'bgr';
  };
  return { ...digits({ size: height }), normalization: { mean, std, channels, order } };
}

/** Loads a subset of the images in batches. */
export const imageLoader = (
  images: Dataset<Labelled<Image>>,
  indices: readonly number[],
  preset: Preset,
  { training, batchSize, seed }: { readonly training: boolean; readonly batchSize: number; readonly seed: number },
): Loader<Labelled<Image>, Labelled<Image>, Batch> =>
  new Loader(subset(images, indices), {
    batchSize,
    seed,
    strict: true,
    shuffle: training,
    collate: imageBatch(preset.normalization),
    transform: onInput<Image, Image, number>(training ? preset.training : preset.evaluation),
  });
