import { SampleError } from '@graft/data';
import type { Label } from '@graft/report';
import type { Objective } from '@graft/tasks';
import { type AnyBackend, Random } from '@graft/tensor';
import { linearHead, trainHead, trainUnfrozen, TransferModel } from '@graft/transfer';
import type { Backbone } from './backbone.ts';
import { exampleLoader, type ReadExamples, readExamples } from './example-loader.ts';
import type { RunData } from './run-data.ts';
import type { RunProgress } from './run-progress.ts';

/** Time and memory of a short training run on this machine. */
export interface Trial {
  /** Number of examples in the trial, and in each batch. */
  readonly images: number;
  readonly batch: number;
  /** Seconds to compute the features of one example. */
  readonly featureSeconds: number;
  /** Seconds per example and epoch of training the head. */
  readonly headSeconds: number;
  /** Bytes that the backend had reserved after training the head. */
  readonly headBytes: number | undefined;
  /** Seconds per example, memory and number of measured steps for training the whole network; missing if that is not possible. */
  readonly full?: { readonly imageSeconds: number; readonly bytes: number | undefined; readonly steps: number };
}

export interface TrialOptions {
  readonly backend: AnyBackend;
  readonly backbone: Backbone;
  readonly objective: Objective;
  readonly data: RunData;
  readonly batch: number;
  /** Whether to train the backbone, too. */
  readonly full: boolean;
  readonly progress: RunProgress;
}

const headEpochs = 5;

/** Trains on two batches like a run, and measures time and memory. Changes the model's weights. @throws if no example can be read */
export async function measureTrial({
  backend,
  backbone,
  objective,
  data,
  batch,
  full,
  progress,
}: TrialOptions): Promise<Trial> {
  const { feed, modality } = backbone;
  const examples = readExamples(data, feed);
  const indices = await someReadable(examples, data, 2 * batch, modality.noun, progress);
  const learning = objective.learning(
    data.names,
    indices.map((index): Label => data.examples[index]!.label),
  );
  const loader = exampleLoader(examples, indices, { feed, training: true, batchSize: batch, seed: 0, progress });
  const loss = learning.loss();
  const fresh = linearHead({ features: backbone.shape, classes: learning.outputs }).initialize(0);
  const model = await new TransferModel(backbone.module, learning.finish(fresh)).to(backend);
  const callbacks = [{ name: 'breathe', beforeStep: () => progress.breathe() }];
  const reserved = (): number | undefined => backend.memory?.().reserved ?? backend.memory?.().bytes;

  let [started, featuresAt] = [0, 0];
  // Only the second training is measured: the first run of a network also prepares its graph.
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
    headBytes: reserved(),
  };
  if (!full) return head;

  let [first, steps, trained] = [0, 0, 0];
  const stopwatch = {
    name: 'stopwatch',
    afterStep({ batchSize }: { readonly batchSize: number }): void {
      // The first step is not measured, because it allocates memory.
      if (first) trained += batchSize;
      else first = performance.now();
      steps++;
    },
  };
  await trainUnfrozen(model, loader, { epochs: 2, loss, learningRate: 1e-4, callbacks: [...callbacks, stopwatch] });
  return {
    ...head,
    full: { imageSeconds: (performance.now() - first) / 1000 / trained, bytes: reserved(), steps: steps - 1 },
  };
}

/** Indices of random examples that can be read. */
async function someReadable(
  examples: ReadExamples,
  { names }: RunData,
  count: number,
  [, many]: readonly [string, string],
  progress: RunProgress,
): Promise<number[]> {
  const order = new Random(0).shuffle(Array.from({ length: examples.length }, (_, i) => i));
  const found: number[] = [];
  let last = '';
  for (const index of order) {
    if (found.length === count) break;
    try {
      await examples.get(index);
      found.push(index);
    } catch (error) {
      if (!(error instanceof SampleError)) throw error;
      last = error.message;
      progress.warn(`left out an example: ${last}`, 'data');
    }
    progress.count(`reading ${many}`, found.length, Math.min(count, examples.length));
    await progress.breathe();
  }
  if (!found.length) throw new Error(`None of the ${many} of ${names.length} classes can be read. The last: ${last}`);
  return found;
}
