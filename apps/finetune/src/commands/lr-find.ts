import type { Batch } from '@graft/data';
import type { Module } from '@graft/layers';
import { Optimizer, withoutDecayOnVectors } from '@graft/optimizers';
import { fileStorage } from '@graft/storage/node';
import { findLearningRate, type FoundLearningRate } from '@graft/train';
import { type BatchLoader, extractFeatures, featureLoader, gradedGroups, unfreezeLast } from '@graft/transfer';
import { openApp } from '../open-app.ts';
import { rateChart } from '../report/charts.ts';
import type { Reporter } from '../reporter.ts';
import { optimizerAt } from '../run/configured.ts';
import { completeOptions, type GivenOptions } from '../run/given-options.ts';
import { type PreparedRun, prepareRun } from '../run/prepared-run.ts';
import { table } from '../table.ts';

export interface LrFindOptions extends GivenOptions {
  readonly steps: number;
  /** Where the curve goes as a picture. */
  readonly out?: string;
  readonly json?: boolean;
}

/** Tries learning rates for the head, or with `unfreeze` for the backbone with it, as finetune would train them, and suggests one. What is tried is `--learning-rate`. */
export async function lrFind(
  { steps, out, json, ...given }: LrFindOptions,
  reporter: Reporter,
): Promise<FoundLearningRate> {
  const options = await completeOptions(given, 'lr-find');
  const app = await openApp(options);
  try {
    const prepared = await prepareRun(app, options, reporter);
    const { model, data, optimizer } = await learnerOf(prepared, reporter);
    const found = await findLearningRate({
      model,
      data,
      optimizer,
      steps,
      loss: prepared.loss,
      seed: options.seed,
      ...(prepared.prepare && { prepare: prepared.prepare }),
    });
    if (out !== undefined)
      await fileStorage(out).write(
        'lr-find.svg',
        new TextEncoder().encode(`${rateChart('Loss by learning rate', found.curve, found.valley)}\n`),
      );
    console.log(json ? JSON.stringify(found) : describe(found));
    return found;
  } finally {
    await app.dispose();
  }
}

/** What learns in a run's last phase, from what, and how. */
async function learnerOf(
  { app, options, model, training, learning, learned }: PreparedRun,
  reporter: Reporter,
): Promise<{ model: Module } & Pick<Parameters<typeof findLearningRate<Batch>>[0], 'data' | 'optimizer'>> {
  const { unfreeze, views, batch, seed } = options;
  if (unfreeze !== 0) {
    unfreezeLast(model, learning);
    return {
      model,
      data: training,
      optimizer: (rate) =>
        new Optimizer(
          gradedGroups(model),
          optimizerAt(app, options, (step) => rate(step) / 10),
        ),
    };
  }
  unfreezeLast(model, 1);
  const features = await extractFeatures(model.backbone, training, {
    views,
    onBatch: (done) => reporter.count('computing features', done, learned.length * views),
  });
  const parameters = withoutDecayOnVectors([...model.head.parameters()].map(([, parameter]) => parameter));
  return {
    model: model.head,
    data: breathing(featureLoader(features, { batchSize: batch, seed }), reporter),
    optimizer: (rate) => new Optimizer(parameters, optimizerAt(app, options, rate)),
  };
}

/** The same batches, with room between them to stop the command. */
const breathing = (loader: BatchLoader, reporter: Reporter): AsyncIterable<Batch> => ({
  async *[Symbol.asyncIterator]() {
    for await (const batch of loader) {
      await reporter.breathe();
      yield batch;
    }
  },
});

/** A line for each of about fifteen rates, with a bar as long as the loss, and the suggestion. */
function describe({ curve, valley, steepest }: FoundLearningRate): string {
  const every = Math.max(1, Math.ceil(curve.length / 15));
  const greatest = Math.max(...curve.map(({ loss }) => loss));
  const rows = curve
    .filter((_, i) => i % every === 0)
    .map(({ learningRate, loss }) => [
      learningRate.toExponential(1),
      loss.toFixed(4),
      '█'.repeat(Math.max(1, Math.round((30 * loss) / greatest))),
    ]);
  const said =
    valley === undefined
      ? 'The loss never falls: no rate can be suggested. Look at the data, or try more --steps.'
      : `It falls fastest at ${steepest?.toPrecision(2) ?? '–'}. Suggested: --learning-rate ${Number(valley.toPrecision(2))}`;
  return `${table(['learning rate', 'loss', ''], rows)}\n\n${said}`;
}
