import { Random } from '@graft/tensor';
import { ahead, type Largest } from './ahead.ts';
import type { Batch } from './batch.ts';
import { batching, type BatchingOptions, checkCount, type TransformWhereNeeded } from './batching-options.ts';
import { byteSize } from './byte-size.ts';
import type { IterableDataset } from './iterable-dataset.ts';
import { limit } from './limit.ts';
import { type Loaded, loadSample } from './load-sample.ts';
import { checkQuarantined, Quarantine, type Quarantined } from './quarantine.ts';
import { SampleError } from './sample-error.ts';
import { shuffleBuffer } from './shuffle-buffer.ts';

export interface StreamLoaderOptions<Sample, Ready, B> extends BatchingOptions<Sample, Ready, B> {
  /** Size of the buffer for shuffling; default 0, which keeps the order of the stream. */
  readonly shuffleBuffer?: number;
}

/** The position of a stream loader as plain JSON, for a checkpoint. */
export interface StreamLoaderState {
  readonly epoch: number;
  /** The index of the next batch in this epoch. */
  readonly batch: number;
  readonly seed: number;
  readonly batchSize: number;
  readonly shuffleBuffer: number;
  readonly quarantined: readonly Quarantined[];
}

interface Numbered<Sample> {
  readonly index: number;
  readonly sample: Sample | SampleError;
}

/** The quarantine limit assumes at least this many samples until the stream ends: a fraction of fewer says little. */
const fewest = 100;

/**
 * A `Loader` for streams of samples, whose length may be unknown. Each `for await` loop runs to the end of an epoch; after a `break` or
 * {@link StreamLoader.restore}, the next loop skips samples up to its position without transforming them, and continues there.
 * The contents of a batch depend only on seed, epoch, position and stream.
 */
export class StreamLoader<Sample, Ready = Sample, B = Batch> implements AsyncIterable<B> {
  readonly #dataset: IterableDataset<Sample>;
  readonly #options: StreamLoaderOptions<Sample, Ready, B>;
  readonly #random: Random;
  readonly #largest: Largest = { bytes: undefined };
  #quarantine: Quarantine;
  /** The most samples seen in an epoch. */
  #seen = 0;
  /** Whether an epoch has ended, and the number of samples is known. */
  #ended = false;
  #epoch = 0;
  #batch = 0;

  /** @throws if an option is out of range */
  constructor(
    dataset: IterableDataset<Sample>,
    options: StreamLoaderOptions<Sample, Ready, B> & TransformWhereNeeded<Sample, Ready>,
  ) {
    const { seed } = batching(options);
    checkCount('shuffleBuffer', options.shuffleBuffer ?? 0, 0);
    this.#dataset = dataset;
    this.#options = options;
    this.#random = new Random(seed).fork('loader');
    this.#quarantine = this.#newQuarantine();
  }

  /** Batches per epoch, if the length of the stream is known. */
  get length(): number | undefined {
    const { batchSize, dropLast } = batching(this.#options);
    return this.#dataset.length === undefined
      ? undefined
      : (dropLast ? Math.floor : Math.ceil)(this.#dataset.length / batchSize);
  }

  /** The epoch of the next batch, from 0. */
  get epoch(): number {
    return this.#epoch;
  }

  /** Samples that could not be loaded, by their index in the stream, with their file and the reason. */
  get quarantined(): readonly Quarantined[] {
    return this.#quarantine.entries;
  }

  /** The position of the next batch. */
  state(): StreamLoaderState {
    const { seed, batchSize } = batching(this.#options);
    return {
      epoch: this.#epoch,
      batch: this.#batch,
      seed,
      batchSize,
      shuffleBuffer: this.#options.shuffleBuffer ?? 0,
      quarantined: this.quarantined,
    };
  }

  /**
   * Moves to a position returned by {@link StreamLoader.state}.
   * @throws if the seed, the batch size or the shuffle buffer differ
   */
  restore(state: StreamLoaderState): void {
    const own = this.state();
    for (const name of ['seed', 'batchSize', 'shuffleBuffer'] as const)
      if (state[name] !== own[name])
        throw new Error(
          `The saved loader had ${name} ${state[name]}, but this one has ${own[name]}. Resume with the data and options of the first run.`,
        );
    checkCount('epoch', state.epoch, 0);
    checkCount('batch', state.batch, 0);
    checkQuarantined(state.quarantined);
    this.#quarantine = this.#newQuarantine();
    this.#seen = Math.max(0, ...state.quarantined.map(({ index }) => index + 1));
    for (const entry of state.quarantined) this.#quarantine.add(entry);
    this.#epoch = state.epoch;
    this.#batch = state.batch;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<B, void, undefined> {
    const epoch = this.#epoch;
    for await (const { place, last, batch } of this.#numbered(epoch, this.#batch)) {
      [this.#epoch, this.#batch] = last ? [epoch + 1, 0] : [epoch, place + 1]; // before the yield, because the loop may end there
      yield batch;
    }
    if (this.#epoch === epoch) [this.#epoch, this.#batch] = [epoch + 1, 0];
  }

  /** The batches of one epoch, starting at `from`; does not change the loader's position. */
  async *batches(epoch: number, from = 0): AsyncGenerator<B, void, undefined> {
    for await (const { batch } of this.#numbered(epoch, from)) yield batch;
  }

  async *#numbered(
    epoch: number,
    from: number,
  ): AsyncGenerator<{ place: number; last: boolean; batch: B }, void, undefined> {
    const { collate, shuffleBuffer: window = 0 } = this.#options;
    const { batchSize, dropLast, prefetch, prefetchBytes, concurrency } = batching(this.#options);
    const numbered = this.#numberedSamples();
    const groups = grouped(
      window > 0 ? shuffleBuffer(numbered, window, this.#random.fork('order', epoch)) : numbered,
      batchSize,
      dropLast,
    );
    const slot = limit(concurrency);
    let stopped = false;
    const load = async (): Promise<{ place: number; last: boolean; loaded: Loaded<Ready>[] } | undefined> => {
      const { value: group } = await groups.next();
      if (!group) return undefined;
      const { place, last, items } = group;
      const loading =
        place < from
          ? []
          : items.map((item) =>
              slot(() => (stopped ? undefined : this.#load(item, this.#random.fork('sample', epoch, item.index)))),
            );
      return { place, last, loaded: (await Promise.all(loading)).filter((entry) => entry !== undefined) };
    };
    try {
      for await (const { place, last, loaded } of ahead(
        load,
        { count: prefetch, bytes: prefetchBytes, sizeOf: ({ loaded }) => byteSize(loaded) },
        this.#largest,
      )) {
        if (loaded.length === 0) continue;
        yield {
          place,
          last,
          batch: collate(
            loaded.map(({ sample }) => sample),
            loaded.map(({ index }) => index),
          ),
        };
      }
      this.#ended = true;
      this.#quarantine.check();
    } finally {
      stopped = true;
      groups.return().catch(() => {}); // closes files; not awaited, because a stream may never yield its next sample
    }
  }

  /** @throws if the stream is empty, or its number of samples differs from its length */
  async *#numberedSamples(): AsyncGenerator<Numbered<Sample>, void, undefined> {
    let index = 0;
    for await (const sample of this.#dataset.samples()) {
      this.#seen = Math.max(this.#seen, index + 1);
      yield { index: index++, sample };
    }
    const { length } = this.#dataset;
    if (index === 0)
      throw new Error(
        'A loader expects at least one sample, but its stream is empty. A generator cannot restart: pass a function that creates a new one.',
      );
    if (length !== undefined && length !== index)
      throw new Error(
        `The stream has ${index} samples, but its length is ${length}. Set the right length, or omit it.`,
      );
  }

  #load({ index, sample }: Numbered<Sample>, random: Random): Promise<Loaded<Ready> | undefined> {
    const read = (): Sample => {
      if (sample instanceof SampleError) throw sample;
      return sample;
    };
    return loadSample(index, read, random, this.#options, this.#quarantine);
  }

  #newQuarantine(): Quarantine {
    return new Quarantine(
      () => Math.max(this.#seen, this.#dataset.length ?? (this.#ended ? 0 : fewest)),
      batching(this.#options).quarantineLimit,
    );
  }
}

/** Groups items and marks the last group, which requires reading one group ahead. */
async function* grouped<T>(
  items: AsyncIterable<T>,
  size: number,
  dropLast: boolean,
): AsyncGenerator<{ place: number; last: boolean; items: T[] }, void, undefined> {
  let place = 0;
  let full: T[] | undefined;
  let group: T[] = [];
  for await (const item of items) {
    group.push(item);
    if (group.length < size) continue;
    if (full) yield { place: place++, last: false, items: full };
    [full, group] = [group, []];
  }
  if (group.length > 0 && !dropLast) {
    if (full) yield { place: place++, last: false, items: full };
    full = group;
  }
  if (full) yield { place, last: true, items: full };
}
