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

/** Options of {@link findRate}: those of a run, and how many steps go through the rates. */
export interface FindRateOptions extends FinetuneOptions {
  readonly steps?: number;
}

/** Tries learning rates for the head, or with `unfreeze` for the backbone with it, as {@link finetune} would train them, and suggests one. */
export async function findRate(
  { model, data, steps = 100, ...more }: FindRateOptions,
  context: WorkContext,
): Promise<FoundLearningRate> {
  const work = new Work(context);
  try {
    const job = jobOf({ model, data, ...more }, 'The call of findRate', work.scope);
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

type Tried = Pick<Parameters<typeof findLearningRate<AnyBatch>>[0], 'data' | 'optimizer'> & { model: Module };

/** What learns in a run's last phase, from what, and how. */
async function learnerOf(
  { scope, options, model, training, learning, trained, views }: PreparedRun,
  progress: RunProgress,
): Promise<Tried> {
  const { unfreeze, batch, seed } = options;
  if (unfreeze !== 0) {
    unfreezeLast(model, learning);
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

/** The same batches, with room between them to stop. */
const breathing = (loader: AsyncIterable<AnyBatch>, progress: RunProgress): AsyncIterable<AnyBatch> => ({
  async *[Symbol.asyncIterator]() {
    for await (const batch of loader) {
      await progress.breathe();
      yield batch;
    }
  },
});
