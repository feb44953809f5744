import {
  type AnyBatch,
  cached,
  type Dataset,
  type Labelled,
  Loader,
  type LoaderState,
  mapDataset,
  onInput,
  type Sampler,
  SampleError,
  subset,
} from '@graft/data';
import type { Label } from '@graft/report';
import type { Feed, Fingerprint } from '@graft/tasks';
import { digestOf } from './digest.ts';
import type { RunData } from './run-data.ts';
import type { RunProgress } from './run-progress.ts';

/** Examples that are read once and kept in memory, as far as the cache has room. */
export type ReadExamples = Dataset<Labelled<unknown, Label>>;

export interface ExampleLoaderOptions {
  readonly feed: Feed;
  /** Whether to augment and shuffle the examples. */
  readonly training: boolean;
  readonly batchSize: number;
  readonly seed: number;
  /** The order of the examples; default shuffled in training. */
  readonly sampler?: Sampler;
  /** Checks between batches whether the run was stopped. */
  readonly progress: RunProgress;
}

/** Loads examples in batches; each iteration is one epoch. */
export interface ExampleLoader extends AsyncIterable<AnyBatch> {
  /** Batches per epoch. */
  readonly length: number;
  /** The batches of an epoch, starting at batch `from`. */
  batches(epoch: number, from?: number): AsyncGenerator<AnyBatch, void, undefined>;
  /** The position of the next batch, for a checkpoint. */
  state(): LoaderState;
  restore(state: LoaderState): void;
}

/**
 * A dataset of examples that a feed reads.
 * @param digests receives the digest of each example's contents when it is read
 * @param fingerprints receives the feed's fingerprint of each example, if it has one
 */
export function readExamples(
  { examples }: Pick<RunData, 'examples'>,
  feed: Feed,
  digests?: Map<number, string>,
  fingerprints?: Map<number, Fingerprint>,
): ReadExamples {
  const listed: Dataset<number> = { length: examples.length, get: (index) => index };
  const read = mapDataset(listed, async (index): Promise<Labelled<unknown, Label>> => {
    const { input, label, name } = examples[index]!;
    const path = pathOf(input) ?? name;
    try {
      if (digests && isText(input)) digests.set(index, await digestOf(input.text));
      const ready = await feed.read(digests ? withDigest(input, (digest) => digests.set(index, digest)) : input);
      const fingerprint = fingerprints && feed.fingerprint?.(ready);
      if (fingerprint) fingerprints.set(index, fingerprint);
      return { input: ready, label, path };
    } catch (error) {
      throw new SampleError((error as Error).message, { path, cause: error });
    }
  });
  return cached(read, { bytesOf: ({ input }) => feed.bytesOf(input) });
}

/** A text that is not a file. */
const isText = (input: unknown): input is { readonly text: string } =>
  typeof input === 'object' && input !== null && 'text' in input && typeof input.text === 'string';

const pathOf = (input: unknown): string | undefined =>
  typeof input === 'object' && input !== null && 'name' in input ? String(input.name) : undefined;

/** Wraps a file to compute the digest of its contents when they are read. */
function withDigest(input: unknown, onDigest: (digest: string) => void): unknown {
  if (typeof input !== 'object' || input === null || !('bytes' in input)) return input;
  const file = input as { bytes(maxBytes?: number): Promise<Uint8Array> };
  return {
    ...input,
    bytes: async (maxBytes?: number) => {
      const contents = await file.bytes(maxBytes);
      onDigest(await digestOf(contents));
      return contents;
    },
  };
}

/** Loads some of the examples in batches. All of them could be read before, so one that cannot be read now is an error. */
export function exampleLoader(
  examples: ReadExamples,
  indices: readonly number[],
  { feed, training, batchSize, seed, sampler, progress }: ExampleLoaderOptions,
): ExampleLoader {
  const loader = new Loader(subset(examples, indices), {
    batchSize,
    seed,
    strict: true,
    ...(sampler ? { sampler } : { shuffle: training }),
    collate: feed.collate,
    transform: onInput<unknown, unknown, Label>(training ? feed.training : feed.evaluation),
  });
  async function* breathing(batches: AsyncIterable<AnyBatch>): AsyncGenerator<AnyBatch, void, undefined> {
    for await (const batch of batches) {
      await progress.breathe();
      yield batch;
    }
  }
  return {
    length: loader.length,
    state: () => loader.state(),
    restore: (state) => loader.restore(state),
    batches: (epoch, from) => breathing(loader.batches(epoch, from)),
    [Symbol.asyncIterator]: () => breathing(loader),
  };
}
