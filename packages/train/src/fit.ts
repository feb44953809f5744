import type { Batch } from '@graft/data';
import { type AnyModule, checkInitialised, type Loss } from '@graft/layers';
import type { Optimizer } from '@graft/optimizers';
import { Random, scope } from '@graft/tensor';
import type { Callback, TrainEvent } from './callback.ts';
import { evaluate } from './evaluate.ts';
import type { Metric, Outputs } from './metric.ts';
import { Losses } from './losses.ts';
import { backendOf, type LabelledBatch, type Prepare, prepareBatch, samplesIn } from './prepare.ts';
import type { RunPlace } from './run-place.ts';
import { reducedBy } from './reduced-by.ts';
import { applyGradients, gradients, type Reduce } from './train-step.ts';
import { TrainingMetrics } from './training-metrics.ts';
import { type EpochLog, type TrainState, validationName } from './train-state.ts';
import { consoleWarnings, type OnWarning } from './warning.ts';

/** Options of {@link fit}. */
export interface FitOptions<B = Batch, Name extends string = string> {
  readonly model: AnyModule;
  readonly loss: Loss;
  readonly optimizer: Optimizer;
  /** Training batches, iterated once per epoch. A `Loader` shuffles each epoch and can be resumed. */
  readonly data: AsyncIterable<B> | Iterable<B>;
  readonly epochs: number;
  /** Validation batches, evaluated after each epoch. */
  readonly validation?: AsyncIterable<B> | Iterable<B> | undefined;
  /** Metrics to log next to the loss: by name for training data, such as `accuracy`, and as `validationAccuracy` for validation data. */
  readonly metrics?: readonly Metric<Name>[];
  /**
   * Whether to compute metrics on training data, too. They use the outputs of the training step, with dropout and augmentation, so they need no extra pass;
   * targets are the batch's labels before `prepare`. Default true, but false with `reduce`, because each process sees only its own samples.
   */
  readonly trainingMetrics?: boolean;
  readonly callbacks?: readonly Callback[];
  /** Receives warnings of callbacks; by default the console prints each once. */
  readonly onWarning?: OnWarning | undefined;
  /** Seed for dropout and batch preparation. Random numbers are keyed by seed and step, so a resumed run draws the same ones. */
  readonly seed?: number;
  readonly prepare?: Prepare<B>;
  /** Combines a step's gradients with others before the update, for example across machines. */
  readonly reduce?: Reduce | undefined;
  /** The epoch to start at, from 0. */
  readonly startEpoch?: number;
  /** The exact step to resume at, with the log so far, as returned by `resumeRun`. */
  readonly resume?: RunPlace | undefined;
}

/** How a run ended. */
export interface FitResult<Name extends string = string> {
  /** Why a callback stopped the run early. */
  readonly stopped: string | undefined;
  /** The numbers of each epoch. */
  readonly log: readonly EpochLog<Name>[];
}

/**
 * Trains a model. A step's loss is read and checked while the device computes the next step.
 * @throws if a layer is not initialised, metrics would not be computed on any data, or the loss becomes NaN or infinite; that error names the step and the last good checkpoint
 */
export async function fit<B extends LabelledBatch = Batch, Name extends string = never>(
  options: FitOptions<B, Name>,
): Promise<FitResult<Name>> {
  const {
    model,
    loss,
    optimizer,
    data,
    epochs,
    validation,
    metrics = [],
    trainingMetrics = options.reduce === undefined,
    callbacks = [],
    onWarning = consoleWarnings(),
    seed = 0,
    prepare = prepareBatch as never,
    reduce,
    startEpoch = 0,
    resume,
  } = options;
  if (!(Number.isInteger(epochs) && epochs >= 0))
    throw new Error(`fit expects epochs to be an integer of 0 or more, got ${epochs}.`);
  if (metrics.length && !trainingMetrics && !validation)
    throw new Error(
      `fit got the metrics ${metrics.map(({ name }) => name).join(', ')}, but trainingMetrics is false and there is no validation data. Pass validation data, or remove metrics or trainingMetrics.`,
    );
  const training = new TrainingMetrics(trainingMetrics ? metrics : []);
  checkInitialised(model);
  const backend = backendOf(model);
  const random = new Random(seed).fork('fit');
  const { epoch, stepInEpoch, samples, totalLoss } = resume ?? {
    epoch: startEpoch,
    stepInEpoch: 0,
    samples: 0,
    totalLoss: 0,
  };
  const log: Record<string, number>[] = (resume?.log ?? []).map((row) => ({ ...row }));
  const losses = new Losses({ samples, totalLoss });
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
    loss: Promise.resolve(Number.NaN),
    get totalLoss() {
      return losses.total();
    },
    get meanLoss() {
      return losses.mean;
    },
    stopped: undefined as string | undefined,
    stop: (reason: string) => void (state.stopped ??= reason),
    counted: () => training.save(),
    logNames: [
      'epoch',
      'loss',
      ...(trainingMetrics ? metrics.map(({ name }) => name) : []),
      ...(validation ? ['loss', ...metrics.map(({ name }) => name)].map(validationName) : []),
    ],
    saved: (folder: string) => void (checkpoint = { folder, step: state.step }),
  };
  // Callbacks share one state, but each has its own `warn`, which adds the callback's name.
  const seenBy = new Map(
    callbacks.map((callback): [Callback, TrainState] => {
      const warn = (message: string): void => onWarning({ source: callback.name, message, epoch: state.epoch + 1 });
      return [callback, Object.create(state, { warn: { value: warn } }) as typeof state & { warn: typeof warn }];
    }),
  );
  const emit = async (event: TrainEvent): Promise<void> => {
    for (const callback of callbacks) await callback[event]?.(seenBy.get(callback)!);
  };
  const computed = <T>(step: () => T): T =>
    callbacks.reduceRight(
      (inner, callback) => (callback.aroundStep ? () => callback.aroundStep!(seenBy.get(callback)!, inner) : inner),
      step,
    )();

  const looking = callbacks.filter(({ afterValidationBatch }) => afterValidationBatch);
  const onBatch = looking.length
    ? async (outputs: Outputs, batch: B): Promise<void> => {
        for (const callback of looking) await callback.afterValidationBatch!(seenBy.get(callback)!, outputs, batch);
      }
    : undefined;
  const watched = training.watching(loss);
  try {
    await emit('beforeFit');
    for (; state.epoch < epochs && state.stopped === undefined; state.epoch++) {
      if (state.epoch > epoch) {
        [state.samples, state.stepInEpoch] = [0, 0];
        losses.restart();
      }
      const lost = training.start(state.stepInEpoch > 0 ? (resume?.metrics ?? {}) : undefined);
      if (lost.length)
        onWarning({
          source: 'fit',
          message: `The run was resumed within epoch ${state.epoch + 1}, but ${lost.join(', ')} cannot be resumed: this epoch is logged as NaN.`,
          epoch: state.epoch + 1,
        });
      await emit('beforeEpoch');
      for await (const batch of data) {
        state.batchSize = samplesIn(batch);
        await emit('beforeStep');
        const place = { step: state.step, epoch: state.epoch };
        const own = random.fork(optimizer.steps);
        const local = scope(() => {
          const { input, target } = prepare(batch, backend, own.fork('batch'));
          return computed(() =>
            gradients(
              { model, loss: watched, parameters: optimizer.parameters, random: own },
              { input, target, samples: state.batchSize },
            ),
          );
        });
        const step = reduce ? await reducedBy(reduce, local) : local;
        state.batchSize = step.samples;
        state.samples += step.samples;
        const value = applyGradients(optimizer, step);
        const reading = training.read(value, batch.labels);
        value.dispose();
        // Read the previous step's results while the device computes this one.
        await losses.settle();
        await training.settle(1);
        state.loss = losses.add(reading, step.samples, (loss) => new Error(diverged(loss, place, checkpoint)));
        state.step++;
        state.stepInEpoch++;
        await emit('afterStep');
        if (state.stopped !== undefined) break;
      }
      await losses.settle();
      await training.settle();
      if (!state.samples) throw new Error('fit() got no batches. Pass data with at least one batch.');
      log.push({ epoch: state.epoch + 1, loss: state.meanLoss, ...training.results() });
      if (validation) {
        await emit('beforeValidation');
        const useTrainingWeights = optimizer.useEvaluationWeights();
        try {
          const numbers = await evaluate(model, reportingWork(validation, callbacks), {
            loss,
            metrics,
            prepare,
            onBatch,
          });
          for (const [name, value] of Object.entries(numbers)) log.at(-1)![validationName(name)] = value;
        } finally {
          useTrainingWeights();
        }
        await emit('afterValidation');
      }
      await emit('afterEpoch');
    }
  } catch (error) {
    await losses.settle(); // throws if the previous loss was NaN, which is then the real cause
    throw error;
  } finally {
    training.release();
    await emit('afterFit'); // even after a failure: callbacks hold files and terminals
  }
  return { stopped: state.stopped, log: log as EpochLog<Name>[] };
}

/** Yields validation batches and calls `onWork` of each callback after each. */
async function* reportingWork<B>(
  data: AsyncIterable<B> | Iterable<B>,
  callbacks: readonly Callback[],
): AsyncGenerator<B> {
  const total = (data as { length?: number }).length;
  let done = 0;
  for await (const batch of data) {
    yield batch;
    done++;
    for (const callback of callbacks) callback.onWork?.({ what: 'validation', done, total });
  }
}

const diverged = (
  loss: number,
  { step, epoch }: { readonly step: number; readonly epoch: number },
  checkpoint: { readonly folder: string; readonly step: number } | undefined,
): string =>
  `The loss became ${loss} at step ${step} (epoch ${epoch + 1}). Likely causes: the learning rate is too high, inputs are not normalised, or the data contains NaN.${checkpoint ? ` The last good checkpoint, after ${checkpoint.step} step${checkpoint.step === 1 ? '' : 's'}, is "${checkpoint.folder}".` : ''}`;
