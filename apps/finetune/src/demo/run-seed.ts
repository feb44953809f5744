import { digits, type Preset } from '@graft/augment';
import { crossEntropy, type Module } from '@graft/layers';
import { adam, cosine, Optimizer } from '@graft/optimizers';
import type { App } from '@graft/plugin';
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
import { type Backbone, openBackbone } from '../backbone.ts';
import { splitDigits } from '../digits.ts';
import { type ImageLoader, imageLoader } from '../image-loader.ts';
import type { Prediction } from '../prediction-sheet.ts';
import { presetFor } from '../preprocessing.ts';
import { percent } from '../quantities.ts';
import type { Reporter } from '../reporter.ts';
import { samplePredictions } from '../sample-predictions.ts';
import { classification } from '../task/classification.ts';
import { linearOnPixels, smallCnn } from './baselines.ts';
import type { DemoData } from './data.ts';
import type { Plan } from './plan.ts';

export const rowNames = [
  'logistic regression on pixels',
  'small CNN from scratch',
  'small CNN, augmented',
  'frozen backbone, new head',
  'full fine-tuning',
] as const;
export type RowName = (typeof rowNames)[number];

/** What one seed gave. */
export interface Outcome {
  readonly accuracies: Record<RowName, number>;
  /** Of training alone. */
  readonly seconds: Record<RowName, number>;
  readonly backbone: Backbone;
  readonly model: TransferModel;
  readonly frozenTensors: number;
  readonly frozenTensorsChanged: number;
  readonly samples: readonly Prediction[];
  /** Of the last two ways of learning, one after the other. */
  readonly log: readonly EpochLog[];
  /** Images that were not learned from, in batches, and their numbers in the folder. */
  readonly test: ImageLoader;
  readonly judged: readonly number[];
}

interface SeedOptions {
  readonly app: App;
  readonly backend: AnyBackend;
  readonly data: DemoData;
  readonly seed: number;
  readonly plan: Plan;
  readonly reporter: Reporter;
}

/** Trains in all five ways on the same few images, and judges each on the same others. */
export async function runSeed({ app, backend, data, seed, plan, reporter }: SeedOptions): Promise<Outcome> {
  const parts = splitDigits(data.folder.labels, { seed, perClass: plan.perClass, test: plan.testImages });
  new Random(seed).shuffle(parts.test); // so that the first ones are of all classes
  const loader = (preset: Preset, indices: readonly number[], training: boolean): ImageLoader =>
    imageLoader(data.images, indices, { preset, training, batchSize: training ? plan.batch : 100, seed, reporter });
  // Five runs would be fifty lines where there is no terminal.
  const bar = (label: string): Callback[] => reporter.callbacks(label, { lines: false });
  const accuracies = {} as Record<RowName, number>;
  const seconds = {} as Record<RowName, number>;
  const timed = async (name: RowName, train: () => Promise<unknown>): Promise<void> => {
    const start = performance.now();
    await train();
    seconds[name] = (performance.now() - start) / 1000;
  };
  const judge = (name: RowName, result: Record<string, number>): void => {
    accuracies[name] = result['accuracy']!;
    reporter.say(`seed ${seed} · ${name}: ${percent(accuracies[name])}`);
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
      fit({ model, loss: crossEntropy(), optimizer, data: training, epochs, seed, callbacks: bar(name) }),
    );
    optimizer.dispose();
    judge(name, await evaluate(model, loader(small, parts.test, false), { metrics: [accuracy()] }));
    model.dispose();
  };
  await fromScratch('logistic regression on pixels', linearOnPixels(28), plan.linear, false);
  await fromScratch('small CNN from scratch', smallCnn(), plan.cnn, false);
  await fromScratch('small CNN, augmented', smallCnn(), plan.cnnAugmented, true);

  const backbone = await openBackbone(app, backend, { model: 'ppocr-v4-rec' });
  const preset = presetFor(backbone.preprocessing);
  const [training, test] = [loader(preset, parts.train, true), loader(preset, parts.test, false)];
  const model = await new TransferModel(
    backbone.module,
    linearHead({ features: [1, backbone.features], classes: data.folder.classes.length }).initialize(seed),
  ).to(backend);
  unfreezeLast(model, 1);
  const digests = await frozenDigests(model);
  const log: EpochLog[] = [];
  await timed('frozen backbone, new head', async () =>
    log.push(
      ...(await trainHead(model, training, { ...plan.head, batchSize: plan.batch, seed, callbacks: bar('new head') })),
    ),
  );
  const frozenTensorsChanged = (await changedSince(model, digests)).length;
  judge(
    'frozen backbone, new head',
    await evaluate(
      model.head,
      featureLoader(await extractFeatures(model.backbone, test), { batchSize: 500, shuffle: false }),
      { metrics: [accuracy()] },
    ),
  );

  // Goes on from the new head; its time counts.
  await timed('full fine-tuning', async () =>
    log.push(...(await trainUnfrozen(model, training, { ...plan.full, seed, callbacks: bar('full fine-tuning') }))),
  );
  seconds['full fine-tuning'] += seconds['frozen backbone, new head'];
  judge('full fine-tuning', await evaluate(model, test, { metrics: [accuracy()] }));
  return {
    accuracies,
    seconds,
    backbone,
    model,
    frozenTensors: digests.size,
    frozenTensorsChanged,
    samples: await samplePredictions(model, test, parts.test, data.folder, classification),
    log,
    test,
    judged: parts.test,
  };
}
