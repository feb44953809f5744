import type { Batch } from '@graft/data';
import type { Loss, Module } from '@graft/layers';
import type { Optimizer } from '@graft/optimizers';
import { Random, scope } from '@graft/tensor';
import type { Callback, TrainEvent } from './callback.ts';
import { evaluate } from './evaluate.ts';
import type { Metric } from './metric.ts';
import { backendOf, type Prepare, prepareBatch } from './prepare.ts';
import { trainStep } from './train-step.ts';
import type { EpochLog, TrainState } from './train-state.ts';

export interface FitOptions<B = Batch> {
  readonly model: Module;
  readonly loss: Loss;
  readonly optimizer: Optimizer;
  /** Batches; walked once an epoch. A `Loader` shuffles by epoch, and knows where it is. */
  readonly data: AsyncIterable<B> | Iterable<B>;
  readonly epochs: number;
  /** Batches the model does not learn from; walked after each epoch. */
  readonly validation?: AsyncIterable<B> | Iterable<B> | undefined;
  /** Of the validation data; `validation` + name in the log. */
  readonly metrics?: readonly Metric[];
  readonly callbacks?: readonly Callback[];
  /** Of dropout and the like: keyed by seed and step, so that a resumed run draws the same. */
  readonly seed?: number;
  readonly prepare?: Prepare<B>;
  /** Where a resumed run goes on. */
  readonly startEpoch?: number;
}

export interface FitResult {
  /** Why a callback ended the run early. */
  readonly stopped: string | undefined;
  /** The numbers of each epoch. */
  readonly log: readonly EpochLog[];
}

/**
 * Trains a model.
 * @throws where the loss is no longer a number, with the step
 */
export async function fit<B extends { readonly labels: ArrayLike<number> } = Batch>(options: FitOptions<B>): Promise<FitResult> {
  const { model, loss, optimizer, data, epochs, validation, metrics = [], callbacks = [], seed = 0, prepare = prepareBatch as never, startEpoch = 0 } = options;
  const backend = backendOf(model);
  const random = new Random(seed).fork('fit');
  const log: Record<string, number>[] = [];
  let stopped: string | undefined;
  const state = {
    model, optimizer, epochs, log, epoch: startEpoch, step: optimizer.steps, stepInEpoch: 0, stepsPerEpoch: (data as { length?: number }).length,
    batchSize: 0, samples: 0, loss: Number.NaN, meanLoss: Number.NaN,
    stop: (reason: string) => void (stopped ??= reason),
  };
  const emit = async (event: TrainEvent): Promise<void> => {
    for (const callback of callbacks) await callback[event]?.(state satisfies TrainState);
  };

  try {
    await emit('beforeFit');
    for (; state.epoch < epochs && stopped === undefined; state.epoch++) {
      let total = 0;
      Object.assign(state, { samples: 0, stepInEpoch: 0 });
      await emit('beforeEpoch');
      for await (const batch of data) {
        state.batchSize = batch.labels.length;
        await emit('beforeStep');
        const value = scope(() => {
          const { input, target } = prepare(batch, backend);
          return trainStep({ model, loss, optimizer, random: random.fork(optimizer.steps) }, input, target);
        });
        state.loss = Number((await value.array())[0]);
        value.dispose();
        if (!Number.isFinite(state.loss)) throw new Error(diverged(state.loss, state.step, state.epoch));
        total += state.loss * state.batchSize;
        state.samples += state.batchSize;
        state.meanLoss = total / state.samples;
        state.step++;
        state.stepInEpoch++;
        await emit('afterStep');
        if (stopped !== undefined) break;
      }
      if (!state.samples) throw new Error('fit() got no batches. Give it data that has some.');
      log.push({ epoch: state.epoch + 1, loss: state.meanLoss });
      if (validation) {
        await emit('beforeValidation');
        for (const [name, value] of Object.entries(await evaluate(model, validation, { loss, metrics, prepare }))) log.at(-1)![`validation${name[0]!.toUpperCase()}${name.slice(1)}`] = value;
        await emit('afterValidation');
      }
      await emit('afterEpoch');
    }
  } finally {
    await emit('afterFit'); // after a failure, too: callbacks hold files and terminals
  }
  return { stopped, log };
}

const diverged = (loss: number, step: number, epoch: number): string =>
  `The loss became ${loss} at step ${step} (epoch ${epoch + 1}). Likely causes: a learning rate that is too high, inputs that are not normalised, or NaN in the data.`;
