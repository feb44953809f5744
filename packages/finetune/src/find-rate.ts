import type { AnyBatch } from '@graft/data';
import type { Module } from '@graft/layers';
import { Optimizer, withoutDecayOnVectors } from '@graft/optimizers';
import { asGraftError } from '@graft/plugin';
import { findLearningRate, type FoundLearningRate } from '@graft/train';
import { extractFeatures, featureLoader, gradedGroups, unfreezeLast } from '@graft/transfer';
import { optimizerAt } from './configured.ts';
import type { FinetuneOptions } from './finetune.ts';
import { jobOf } from './job.ts';
import { type PreparedRun, prepareRun } from './prepared-run.ts';
import type { RunProgress } from './run-progress.ts';
import { Work, type WorkContext } from './work.ts';

/** Options of {@link findRate}: those of a run, and the number of learning rates to try. */
export interface FindRateOptions extends FinetuneOptions {
  /** Training steps, each with a higher learning rate; default 100. */
  readonly steps?: number;
}

/** Suggests a learning rate: trains like {@link finetune} with growing rates. Trains the head or, with `unfreeze`, the backbone with it. */
export async function findRate(
  { model, data, steps = 100, ...more }: FindRateOptions,
  context: WorkContext,
): Promise<FoundLearningRate> {
  const work = new Work(context);
  try {
    const job = jobOf({ model, data, ...more }, 'findRate()', work.scope);
    const prepared = await prepareRun(work, job);
    return await findLearningRate({
      ...(await learnerOf(prepared, work.progress)),
      steps,
      loss: prepared.loss,
      seed: job.options.seed,
      ...(prepared.prepare && { prepare: prepared.prepare as never }),
    });
  } catch (error) {
    throw asGraftError(error, 'run.rate');
  } finally {
    await work.dispose();
  }
}

type Trainable = Pick<Parameters<typeof findLearningRate<AnyBatch>>[0], 'data' | 'optimizer'> & { model: Module };

/** The model, data and optimizer of a run's last phase. */
async function learnerOf(
  { scope, options, model, training, learning, freezeStatistics, trained, views }: PreparedRun,
  progress: RunProgress,
): Promise<Trainable> {
  const { unfreeze, batch, seed } = options;
  if (unfreeze !== 0) {
    unfreezeLast(model, learning, freezeStatistics);
    return {
      model: model as unknown as Module,
      data: training,
      optimizer: (rate) =>
        new Optimizer(
          gradedGroups(model),
          optimizerAt(scope, options, (step) => rate(step) / 10),
        ),
    };
  }
  unfreezeLast(model, 1);
  const features = await extractFeatures(model.backbone, training, {
    views,
    onBatch: (done) => progress.count('computing features', done, trained.length * views),
  });
  const parameters = withoutDecayOnVectors([...model.head.parameters()].map(([, parameter]) => parameter));
  return {
    model: model.head,
    data: breathing(featureLoader(features, { batchSize: batch, seed }), progress),
    optimizer: (rate) => new Optimizer(parameters, optimizerAt(scope, options, rate)),
  };
}

/** The same batches; checks between them whether the run was stopped. */
const breathing = (loader: AsyncIterable<AnyBatch>, progress: RunProgress): AsyncIterable<AnyBatch> => ({
  async *[Symbol.asyncIterator]() {
    for await (const batch of loader) {
      await progress.breathe();
      yield batch;
    }
  },
});
