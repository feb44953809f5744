import { Random } from '@graft/tensor';
import { ahead, type Largest } from './ahead.ts';
import type { Batch } from './batch.ts';
import { batching, type BatchingOptions, checkCount, type TransformWhereNeeded } from './batching-options.ts';
import { byteSize } from './byte-size.ts';
import type { IterableDataset } from './iterable-dataset.ts';
import { limit } from './limit.ts';
import { type Loaded, loadSample } from './load-sample.ts';
import { Quarantine, type Quarantined } from './quarantine.ts';
import { SampleError } from './sample-error.ts';
import { shuffleBuffer } from './shuffle-buffer.ts';

export interface StreamLoaderOptions<Sample, Ready, B> extends BatchingOptions<Sample, Ready, B> {
  /** How many samples wait to be drawn from at random; default 0, for the stream's own order. */
  readonly shuffleBuffer?: number;
}

/** A stream loader's place, to be kept with a checkpoint. Plain JSON. */
export interface StreamLoaderState {
  readonly epoch: number;
  /** The number of the next batch in this epoch. */
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

/** A share of fewer samples says little; the limit counts so many at least until the stream has ended. */
const fewest = 100;

/**
 * `Loader` for samples that come one after another and may be too many to count. Each `for await` over it runs to the end of an epoch;
 * after a `break` or a {@link StreamLoader.restore} the next one walks the stream up to its place, transforming nothing, and goes on there.
 * What a batch holds depends on the seed, the epoch, its place and the stream only.
 */
export class StreamLoader<Sample, Ready = Sample, B = Batch> implements AsyncIterable<B> {
  readonly #dataset: IterableDataset<Sample>;
  readonly #options: StreamLoaderOptions<Sample, Ready, B>;
  readonly #random: Random;
  readonly #largest: Largest = { bytes: undefined };
  #quarantine: Quarantine;
  /** Samples of the stream that were seen, in any epoch. */
  #seen = 0;
  /** Whether an epoch has come to its end, so that all samples were seen. */
  #ended = false;
  #epoch = 0;
  #batch = 0;

  /** @throws where an option is out of range */
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

  /** Batches in an epoch, where the stream says how many samples it has. */
  get length(): number | undefined {
    const { batchSize, dropLast } = batching(this.#options);
    return this.#dataset.length === undefined
      ? undefined
      : (dropLast ? Math.floor : Math.ceil)(this.#dataset.length / batchSize);
  }

  /** The epoch that the next batch belongs to, from 0. */
  get epoch(): number {
    return this.#epoch;
  }

  /** Samples that could not be loaded, by their number in the stream, with file and reason. */
  get quarantined(): readonly Quarantined[] {
    return this.#quarantine.entries;
  }

  /** The place of the next batch. */
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
   * Goes to a place that {@link StreamLoader.state} gave.
   * @throws where this loader would give other batches than the one that gave it
   */
  restore(state: StreamLoaderState): void {
    const own = this.state();
    for (const name of ['seed', 'batchSize', 'shuffleBuffer'] as const)
      if (state[name] !== own[name])
        throw new Error(
          `The saved loader had ${name} ${state[name]}, and this one has ${own[name]}. Resume with the data and options of the first run.`,
        );
    checkCount('epoch', state.epoch, 0);
    checkCount('batch', state.batch, 0);
    this.#quarantine = this.#newQuarantine();
    this.#seen = Math.max(0, ...state.quarantined.map(({ index }) => index + 1));
    for (const entry of state.quarantined) this.#quarantine.add(entry);
    this.#epoch = state.epoch;
    this.#batch = state.batch;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<B, void, undefined> {
    const epoch = this.#epoch;
    for await (const { place, last, batch } of this.#numbered(epoch, this.#batch)) {
      [this.#epoch, this.#batch] = last ? [epoch + 1, 0] : [epoch, place + 1]; // before the yield: what is yielded counts as given
      yield batch;
    }
    if (this.#epoch === epoch) [this.#epoch, this.#batch] = [epoch + 1, 0];
  }

  /** The batches of one epoch from a place on; leaves the loader's own place alone. */
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
      groups.return().catch(() => {}); // closes files; not waited for, because a stream may never give its next sample
    }
  }

  /** @throws where the stream is empty, has another length than it says, or held too much that cannot be loaded */
  async *#numberedSamples(): AsyncGenerator<Numbered<Sample>, void, undefined> {
    let index = 0;
    for await (const sample of this.#dataset.samples()) {
      this.#seen = Math.max(this.#seen, index + 1);
      yield { index: index++, sample };
    }
    const { length } = this.#dataset;
    if (index === 0)
      throw new Error(
        'A loader wants at least one sample, and its stream gave none. A generator that has run cannot run again: give a function that begins a new one.',
      );
    if (length !== undefined && length !== index)
      throw new Error(
        `The stream gave ${index} samples, and its length says ${length}. Give the right length, or none.`,
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

/** Items in groups, each told whether it is the last: so one group is held back. */
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
