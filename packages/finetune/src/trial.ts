import { type Dataset, type Image, type Labelled, SampleError } from '@graft/data';
import { type AnyBackend, Random } from '@graft/tensor';
import { linearHead, trainHead, trainUnfrozen, TransferModel } from '@graft/transfer';
import type { Backbone } from './backbone.ts';
import { decodedImages, imageLoader } from './image-loader.ts';
import { presetFor } from './preprocessing.ts';
import type { Reporter } from './reporter.ts';
import type { Label, Task, TaskData } from './task/task.ts';

/** What a short training run took on this machine. */
export interface Trial {
  /** Images that were read for it, and how many a step had. */
  readonly images: number;
  readonly batch: number;
  /** Of one image's features, and of one image in an epoch of the head. */
  readonly featureSeconds: number;
  readonly headSeconds: number;
  /** Bytes that the backend had taken when the head had learned. */
  readonly headBytes: number | undefined;
  /** The whole network learning; missing where it cannot. */
  readonly full?: { readonly imageSeconds: number; readonly bytes: number | undefined; readonly steps: number };
}

export interface TrialOptions {
  readonly backend: AnyBackend;
  readonly backbone: Backbone;
  readonly task: Task;
  readonly data: TaskData;
  readonly batch: number;
  /** Whether the backbone's weights are tried, too. */
  readonly full: boolean;
  readonly reporter: Reporter;
}

const headEpochs = 5;

/** Trains on two batches of some data as `graft finetune` would, and measures it. The model is spoiled afterwards. @throws where no image can be read */
export async function measureTrial({
  backend,
  backbone,
  task,
  data,
  batch,
  full,
  reporter,
}: TrialOptions): Promise<Trial> {
  const preset = presetFor(backbone.preprocessing, task.name);
  const images = decodedImages(data, preset);
  const indices = await someReadable(images, data, 2 * batch, reporter);
  const learning = task.learning(data, await Promise.all(indices.map(async (index) => (await data.get(index)).label)));
  const loader = imageLoader(images, indices, { preset, training: true, batchSize: batch, seed: 0, reporter });
  const loss = learning.loss();
  const model = await new TransferModel(
    backbone.module,
    learning.finish(linearHead({ features: [1, backbone.features], classes: data.classes.length }).initialize(0)),
  ).to(backend);
  const callbacks = reporter.callbacks('trial', { lines: false });
  const taken = (): number | undefined => backend.memory?.().reserved ?? backend.memory?.().bytes;

  let [started, featuresAt] = [0, 0];
  // The first time a network is run its graph is prepared.
  for (const epochs of [1, headEpochs]) {
    started = performance.now();
    await trainHead(model, loader, {
      epochs,
      loss,
      batchSize: batch,
      callbacks,
      onFeatures: () => (featuresAt = performance.now()),
    });
  }
  const [featureSeconds, headSeconds] = [
    (featuresAt - started) / 1000 / indices.length,
    (performance.now() - featuresAt) / 1000 / indices.length / headEpochs,
  ];
  const head = {
    images: indices.length,
    batch: Math.min(batch, indices.length),
    featureSeconds,
    headSeconds,
    headBytes: taken(),
  };
  if (!full) return head;

  let [first, steps, learned] = [0, 0, 0];
  const stopwatch = {
    name: 'stopwatch',
    afterStep({ batchSize }: { readonly batchSize: number }): void {
      // The first step is not counted: memory is taken then.
      if (first) learned += batchSize;
      else first = performance.now();
      steps++;
    },
  };
  await trainUnfrozen(model, loader, { epochs: 2, loss, learningRate: 1e-4, callbacks: [...callbacks, stopwatch] });
  return {
    ...head,
    full: { imageSeconds: (performance.now() - first) / 1000 / learned, bytes: taken(), steps: steps - 1 },
  };
}

/** The first images of all in random order that can be read. */
async function someReadable(
  images: Dataset<Labelled<Image, Label>>,
  { classes }: TaskData,
  count: number,
  reporter: Reporter,
): Promise<number[]> {
  const order = new Random(0).shuffle(Array.from({ length: images.length }, (_, i) => i));
  const found: number[] = [];
  let last = '';
  for (const index of order) {
    if (found.length === count) break;
    try {
      await images.get(index);
      found.push(index);
    } catch (error) {
      if (!(error instanceof SampleError)) throw error;
      last = error.message;
      reporter.warn(`left out an image: ${last}`);
    }
    reporter.count('reading images', found.length, Math.min(count, images.length));
    await reporter.breathe();
  }
  if (!found.length) throw new Error(`No image of ${classes.length} classes can be read. The last: ${last}`);
  return found;
}
