import type { Batch } from '@graft/data';
import type { Loss, Module } from '@graft/layers';
import type { Optimizer } from '@graft/optimizers';
import { Random, scope, type Tensor } from '@graft/tensor';
import type { Callback, TrainEvent } from './callback.ts';
import { evaluate } from './evaluate.ts';
import type { Metric } from './metric.ts';
import { backendOf, type LabelledBatch, type Prepare, prepareBatch, samplesIn } from './prepare.ts';
import type { RunPlace } from './run-place.ts';
import { trainStep } from './train-step.ts';
import { type EpochLog, type TrainState, validationName } from './train-state.ts';

/** Options of {@link fit}. */
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
  /** The same to the step, with the log so far: what `resumeRun` gives. */
  readonly resume?: RunPlace | undefined;
}

/** How a run ended. */
export interface FitResult {
  /** Why a callback ended the run early. */
  readonly stopped: string | undefined;
  /** The numbers of each epoch. */
  readonly log: readonly EpochLog[];
}

/**
 * Trains a model.
 * @throws where the loss is no longer a number, with the step and the last good checkpoint
 */
export async function fit<B extends LabelledBatch = Batch>(options: FitOptions<B>): Promise<FitResult> {
  const {
    model,
    loss,
    optimizer,
    data,
    epochs,
    validation,
    metrics = [],
    callbacks = [],
    seed = 0,
    prepare = prepareBatch as never,
    startEpoch = 0,
    resume,
  } = options;
  if (!(Number.isInteger(epochs) && epochs >= 0))
    throw new Error(`fit wants a whole number of epochs, 0 or more, got ${epochs}.`);
  const backend = backendOf(model);
  const random = new Random(seed).fork('fit');
  const { epoch, stepInEpoch, samples, totalLoss } = resume ?? {
    epoch: startEpoch,
    stepInEpoch: 0,
    samples: 0,
    totalLoss: 0,
  };
  const log: Record<string, number>[] = (resume?.log ?? []).map((row) => ({ ...row }));
  let checkpoint: { readonly folder: string; readonly step: number } | undefined;
  const state = {
    model,
    optimizer,
    data,
    metrics,
    callbacks,
    epochs,
    log,
    epoch,
    step: optimizer.steps,
    stepInEpoch,
    stepsPerEpoch: (data as { length?: number }).length,
    batchSize: 0,
    samples,
    loss: Number.NaN,
    totalLoss,
    meanLoss: totalLoss / samples,
    stopped: undefined as string | undefined,
    stop: (reason: string) => void (state.stopped ??= reason),
    saved: (folder: string) => void (checkpoint = { folder, step: state.step }),
  };
  const emit = async (event: TrainEvent): Promise<void> => {
    for (const callback of callbacks) await callback[event]?.(state satisfies TrainState);
  };
  const computed = (step: () => Tensor): Tensor =>
    callbacks.reduceRight(
      (inner, callback) => (callback.aroundStep ? () => callback.aroundStep!(state, inner) : inner),
      step,
    )();

  try {
    await emit('beforeFit');
    for (; state.epoch < epochs && state.stopped === undefined; state.epoch++) {
      if (state.epoch > epoch) Object.assign(state, { samples: 0, stepInEpoch: 0, totalLoss: 0 });
      await emit('beforeEpoch');
      for await (const batch of data) {
        state.batchSize = samplesIn(batch);
        await emit('beforeStep');
        const own = random.fork(optimizer.steps);
        const value = scope(() => {
          const { input, target } = prepare(batch, backend, own.fork('batch'));
          return computed(() => trainStep({ model, loss, optimizer, random: own }, input, target));
        });
        state.loss = Number((await value.array())[0]);
        value.dispose();
        if (!Number.isFinite(state.loss)) throw new Error(diverged(state, checkpoint));
        state.totalLoss += state.loss * state.batchSize;
        state.samples += state.batchSize;
        state.meanLoss = state.totalLoss / state.samples;
        state.step++;
        state.stepInEpoch++;
        await emit('afterStep');
        if (state.stopped !== undefined) break;
      }
      if (!state.samples) throw new Error('fit() got no batches. Give it data that has some.');
      log.push({ epoch: state.epoch + 1, loss: state.meanLoss });
      if (validation) {
        await emit('beforeValidation');
        const learnOn = optimizer.useEvaluationWeights();
        try {
          for (const [name, value] of Object.entries(await evaluate(model, validation, { loss, metrics, prepare })))
            log.at(-1)![validationName(name)] = value;
        } finally {
          learnOn();
        }
        await emit('afterValidation');
      }
      await emit('afterEpoch');
    }
  } finally {
    await emit('afterFit'); // after a failure, too: callbacks hold files and terminals
  }
  return { stopped: state.stopped, log };
}

const diverged = (
  { loss, step, epoch }: TrainState,
  checkpoint: { readonly folder: string; readonly step: number } | undefined,
): string =>
  `The loss became ${loss} at step ${step} (epoch ${epoch + 1}). Likely causes: a learning rate that is too high, inputs that are not normalised, or NaN in the data.${checkpoint ? ` The last good checkpoint, after ${checkpoint.step} step${checkpoint.step === 1 ? '' : 's'}, is "${checkpoint.folder}".` : ''}`;
