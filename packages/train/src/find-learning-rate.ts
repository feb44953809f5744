import type { Batch } from '@graft/data';
import { type AnyModule, checkInitialised, loadWeights, type Loss, weightsOf } from '@graft/layers';
import type { Optimizer, Schedule } from '@graft/optimizers';
import { Random, scope } from '@graft/tensor';
import { oneAhead } from './one-ahead.ts';
import { backendOf, type LabelledBatch, type Prepare, prepareBatch } from './prepare.ts';
import { type RateCurve, SmoothedLoss, type SuggestedRates, suggestRates } from './suggest-rates.ts';
import { trainStep } from './train-step.ts';

/** Options of {@link findLearningRate}. */
export interface FindLearningRateOptions<B = Batch> {
  readonly model: AnyModule;
  readonly loss: Loss;
  /** Creates the optimizer you will train with, using this learning rate. */
  readonly optimizer: (learningRate: Schedule) => Optimizer;
  /** Training batches, repeated if there are too few. A `Loader` returns to its position. */
  readonly data: AsyncIterable<B> | Iterable<B>;
  /** First rate, last rate and number of steps; default 1e-7, 10 and 100. */
  readonly from?: number;
  readonly to?: number;
  readonly steps?: number;
  readonly seed?: number;
  readonly prepare?: Prepare<B>;
}

/** The result of {@link findLearningRate}. */
export interface FoundLearningRate extends SuggestedRates {
  /** The smoothed loss after a step at each rate. */
  readonly curve: RateCurve;
}

/**
 * Runs a learning rate range test (Smith 2017): trains with an increasing rate until the loss diverges, and suggests rates as fastai does, but none if the loss falls by no more than its noise.
 * Afterwards weights, buffers and the loader's position are restored exactly.
 * @throws if the options are out of range, there are no batches, or the model is not initialised
 */
export async function findLearningRate<B extends LabelledBatch = Batch>(
  options: FindLearningRateOptions<B>,
): Promise<FoundLearningRate> {
  const {
    model,
    loss,
    optimizer: make,
    data,
    from = 1e-7,
    to = 10,
    steps = 100,
    seed = 0,
    prepare = prepareBatch as never,
  } = options;
  if (!(from > 0 && from < to && to < Infinity))
    throw new Error(`findLearningRate expects 0 < from < to, got ${from} and ${to}.`);
  if (!(Number.isInteger(steps) && steps >= 2))
    throw new Error(`findLearningRate expects 2 or more steps, got ${steps}.`);
  checkInitialised(model);
  const rate: Schedule = (step) => from * (to / from) ** (step / steps);
  const [weights, loader] = [await weightsOf(model), data as { state?(): object; restore?(state: object): void }];
  const place = loader.state?.();
  const [backend, random, optimizer] = [backendOf(model), new Random(seed).fork('findLearningRate'), make(rate)];
  /** Runs a step; its loss is read while the next one is computed. */
  const learn = async (batch: B): Promise<number> => {
    const own = random.fork(optimizer.steps);
    const value = scope(() => {
      const { input, target } = prepare(batch, backend, random.fork(optimizer.steps, 'batch'));
      return trainStep({ model, loss, optimizer, random: own }, input, target);
    });
    const reading = value.array();
    value.dispose();
    return Number((await reading)[0]);
  };
  const curve: { learningRate: number; loss: number }[] = [];
  const losses: number[] = [];
  try {
    const running = new SmoothedLoss();
    let best = Infinity;
    for await (const value of oneAhead(again(data, steps), learn)) {
      const step = curve.length;
      const smoothed = running.add(value);
      if (!Number.isFinite(smoothed)) break;
      losses.push(value);
      curve.push({ learningRate: rate(step), loss: smoothed });
      if (smoothed > 4 * best) break;
      best = Math.min(best, smoothed);
    }
  } finally {
    loadWeights(model, weights);
    if (place) loader.restore?.(place);
    optimizer.dispose();
  }
  return { curve, ...suggestRates(curve, losses, steps) };
}

/** Repeats the data until `count` batches were taken. */
async function* again<B>(data: AsyncIterable<B> | Iterable<B>, count: number): AsyncGenerator<B, void, undefined> {
  for (let given = 0; given < count;) {
    const before = given;
    for await (const batch of data) {
      yield batch;
      if (++given === count) return;
    }
    if (given === before) throw new Error('findLearningRate got no batches. Pass data with at least one batch.');
  }
}
