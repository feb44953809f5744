import type { Batch } from '@graft/data';
import { type AnyModule, checkInitialised, loadWeights, type Loss, weightsOf } from '@graft/layers';
import type { Optimizer, Schedule } from '@graft/optimizers';
import { Random, scope } from '@graft/tensor';
import { oneAhead } from './one-ahead.ts';
import { backendOf, type LabelledBatch, type Prepare, prepareBatch } from './prepare.ts';
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
export interface FoundLearningRate {
  /** The smoothed loss after a step at each rate. */
  readonly curve: readonly { readonly learningRate: number; readonly loss: number }[];
  /** The middle of the longest descent: a good rate for most runs. Undefined if the loss never falls. */
  readonly valley: number | undefined;
  /** Where the loss falls fastest. */
  readonly steepest: number | undefined;
}

/**
 * Runs a learning rate range test (Smith 2017): trains with an increasing rate until the loss diverges, and suggests rates as fastai does.
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
  try {
    let [running, best] = [0, Infinity];
    for await (const value of oneAhead(again(data, steps), learn)) {
      const step = curve.length;
      running = 0.98 * running + 0.02 * value;
      const smoothed = running / (1 - 0.98 ** (step + 1));
      if (!Number.isFinite(smoothed)) break;
      curve.push({ learningRate: rate(step), loss: smoothed });
      if (smoothed > 4 * best) break;
      best = Math.min(best, smoothed);
    }
  } finally {
    loadWeights(model, weights);
    if (place) loader.restore?.(place);
    optimizer.dispose();
  }
  // As in fastai: skip the first steps, whose rates are too small to matter, and the last ones, where the loss diverges.
  const judged = curve.slice(Math.floor(steps / 10), -5);
  return { curve, valley: valleyOf(judged), steepest: steepestOf(judged) };
}

type Curve = FoundLearningRate['curve'];

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

/** The middle of the longest decreasing subsequence: fastai's `valley`. */
export function valleyOf(curve: Curve): number | undefined {
  const lengths = curve.map(() => 1);
  let [start, end] = [0, 0];
  for (let i = 1; i < curve.length; i++) {
    for (let j = 0; j < i; j++)
      if (curve[i]!.loss < curve[j]!.loss) lengths[i] = Math.max(lengths[i]!, lengths[j]! + 1);
    if (lengths[end]! < lengths[i]!) [start, end] = [i - lengths[i]!, i];
  }
  if (end === 0) return undefined;
  const third = (end - start) / 3;
  return curve[Math.max(0, start + Math.floor(third) + Math.floor(third / 2))]?.learningRate;
}

/** Where the loss falls fastest per step of the rate's logarithm: fastai's `steep`. */
export function steepestOf(curve: Curve): number | undefined {
  let [steepest, slope]: [number | undefined, number] = [undefined, 0];
  for (let i = 1; i < curve.length; i++) {
    const own = (curve[i]!.loss - curve[i - 1]!.loss) / Math.log(curve[i]!.learningRate / curve[i - 1]!.learningRate);
    if (own < slope) [steepest, slope] = [curve[i - 1]!.learningRate, own];
  }
  return steepest;
}
