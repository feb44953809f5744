import { Random } from '@graft/tensor';
import { ahead, type Largest } from './ahead.ts';
import type { Batch } from './batch.ts';
import { batching, type BatchingOptions, checkCount, type TransformWhereNeeded } from './batching-options.ts';
import { byteSize } from './byte-size.ts';
import type { Dataset } from './dataset.ts';
import { limit } from './limit.ts';
import { type Loaded, loadSample } from './load-sample.ts';
import { checkQuarantined, Quarantine, type Quarantined } from './quarantine.ts';
import { type Sampler, sequential, shuffled } from './sampler.ts';

export interface LoaderOptions<Sample, Ready, B> extends BatchingOptions<Sample, Ready, B> {
  /** Whether to shuffle in each epoch; default false. */
  readonly shuffle?: boolean;
  /** The order of samples, instead of `shuffle`. */
  readonly sampler?: Sampler;
}

/** The position of a loader as plain JSON, for a checkpoint. */
export interface LoaderState {
  readonly epoch: number;
  /** The index of the next batch in this epoch. */
  readonly batch: number;
  readonly seed: number;
  readonly batchSize: number;
  readonly samples: number;
  readonly quarantined: readonly Quarantined[];
}

/**
 * Loads a dataset in batches. Each `for await` loop runs to the end of an epoch; after a `break` or {@link Loader.restore}, the next
 * loop continues from there.
 *
 * The contents of a batch depend only on seed, epoch and position, not on prefetching, concurrency or earlier batches.
 * A sample that cannot be loaded is skipped in this and later epochs, and listed in `quarantined`.
 */
export class Loader<Sample, Ready = Sample, B = Batch> implements AsyncIterable<B> {
  readonly #dataset: Dataset<Sample>;
  readonly #options: LoaderOptions<Sample, Ready, B>;
  readonly #sampler: Sampler;
  readonly #random: Random;
  #quarantine: Quarantine;
  readonly #largest: Largest = { bytes: undefined };
  #epoch = 0;
  #batch = 0;

  /** @throws if there are no samples, or an option is out of range */
  constructor(
    dataset: Dataset<Sample>,
    options: LoaderOptions<Sample, Ready, B> & TransformWhereNeeded<Sample, Ready>,
  ) {
    const { shuffle = false } = options;
    const { seed, quarantineLimit } = batching(options);
    if (dataset.length === 0)
      throw new Error(
        'A loader expects at least one sample, but its dataset is empty. Check how the dataset was created or split.',
      );
    this.#dataset = dataset;
    this.#options = options;
    this.#sampler = options.sampler ?? (shuffle ? shuffled : sequential)(dataset.length);
    this.#random = new Random(seed).fork('loader');
    this.#quarantine = new Quarantine(() => dataset.length, quarantineLimit);
    if (this.length === 0)
      throw new Error(
        `With dropLast, ${this.#sampler.length} samples do not fill one batch of ${options.batchSize}. Use a smaller batchSize, or omit dropLast.`,
      );
  }

  /** Batches per epoch. */
  get length(): number {
    const { batchSize, dropLast = false } = this.#options;
    return (dropLast ? Math.floor : Math.ceil)(this.#sampler.length / batchSize);
  }

  /** The epoch of the next batch, from 0. */
  get epoch(): number {
    return this.#epoch;
  }

  /** Samples that could not be loaded, with their file and the reason. */
  get quarantined(): readonly Quarantined[] {
    return this.#quarantine.entries;
  }

  /** The position of the next batch. */
  state(): LoaderState {
    const { seed = 0, batchSize } = this.#options;
    return {
      epoch: this.#epoch,
      batch: this.#batch,
      seed,
      batchSize,
      samples: this.#dataset.length,
      quarantined: this.quarantined,
    };
  }

  /**
   * Moves to a position returned by {@link Loader.state}.
   * @throws if the seed, the batch size or the number of samples differ
   */
  restore(state: LoaderState): void {
    const own = this.state();
    for (const name of ['seed', 'batchSize', 'samples'] as const)
      if (state[name] !== own[name])
        throw new Error(
          `The saved loader had ${name} ${state[name]}, but this one has ${own[name]}. Resume with the data and options of the first run.`,
        );
    checkCount('epoch', state.epoch, 0);
    checkCount('batch', state.batch, 0);
    checkQuarantined(state.quarantined);
    this.#quarantine = new Quarantine(() => this.#dataset.length, batching(this.#options).quarantineLimit);
    for (const entry of state.quarantined) this.#quarantine.add(entry);
    this.#epoch = state.epoch;
    this.#batch = state.batch;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<B, void, undefined> {
    const epoch = this.#epoch;
    for await (const [place, batch] of this.#numbered(epoch, this.#batch)) {
      this.#batch = place + 1; // before the yield, because the loop may end there
      if (this.#batch >= this.length) [this.#epoch, this.#batch] = [epoch + 1, 0];
      yield batch;
    }
    // If all samples of the last batches are quarantined, no batch has advanced the position.
    if (this.#epoch === epoch) [this.#epoch, this.#batch] = [epoch + 1, 0];
  }

  /** The batches of one epoch, starting at `from`; does not change the loader's position. */
  async *batches(epoch: number, from = 0): AsyncGenerator<B, void, undefined> {
    for await (const [, batch] of this.#numbered(epoch, from)) yield batch;
  }

  async *#numbered(epoch: number, from: number): AsyncGenerator<[place: number, batch: B], void, undefined> {
    const { collate } = this.#options;
    const { batchSize, prefetch, prefetchBytes, concurrency } = batching(this.#options);
    const order = this.#sampler.order(this.#random.fork('order', epoch));
    const occurrence = occurrences(order);
    const slot = limit(concurrency);
    let stopped = false;
    let next = from;
    const load = async (): Promise<{ place: number; loaded: Loaded<Ready>[] } | undefined> => {
      const place = next++;
      if (place >= this.length) return undefined;
      const loading = Array.from(order.subarray(place * batchSize, (place + 1) * batchSize), (index, i) =>
        slot(() =>
          stopped ? undefined : this.#load(index, this.#sampleRandom(epoch, index, occurrence(place * batchSize + i))),
        ),
      );
      return { place, loaded: (await Promise.all(loading)).filter((entry) => entry !== undefined) };
    };
    try {
      for await (const { place, loaded } of ahead(
        load,
        { count: prefetch, bytes: prefetchBytes, sizeOf: ({ loaded }) => byteSize(loaded) },
        this.#largest,
      )) {
        if (loaded.length === 0) continue;
        yield [
          place,
          collate(
            loaded.map(({ sample }) => sample),
            loaded.map(({ index }) => index),
          ),
        ];
      }
    } finally {
      stopped = true;
    }
  }

  #sampleRandom(epoch: number, index: number, occurrence: number): Random {
    return this.#random.fork('sample', epoch, index, ...(occurrence === 0 ? [] : [occurrence]));
  }

  #load(index: number, random: Random): Promise<Loaded<Ready> | undefined> {
    return loadSample(index, () => this.#dataset.get(index), random, this.#options, this.#quarantine);
  }
}

/** How often the sample at a position has occurred before in this epoch: samplers with replacement repeat samples. */
function occurrences(order: Int32Array): (place: number) => number {
  const seen = new Map<number, number>();
  const counts = Int32Array.from(order, (index) => {
    const count = seen.get(index) ?? 0;
    seen.set(index, count + 1);
    return count;
  });
  return (place) => counts[place]!;
}
