import {
  type AnyBatch,
  cached,
  type Dataset,
  type Labelled,
  Loader,
  type LoaderState,
  mapDataset,
  onInput,
  SampleError,
  subset,
} from '@graft/data';
import type { Label } from '@graft/report';
import type { Feed } from '@graft/tasks';
import { digestOf } from './digest.ts';
import type { RunData } from './run-data.ts';
import type { RunProgress } from './run-progress.ts';

/** Examples in memory, read once as far as there is room. */
export type ReadExamples = Dataset<Labelled<unknown, Label>>;

export interface ExampleLoaderOptions {
  readonly feed: Feed;
  /** Whether examples are augmented and shuffled. */
  readonly training: boolean;
  readonly batchSize: number;
  readonly seed: number;
  /** Can stop the run between two batches. */
  readonly progress: RunProgress;
}

/** Examples in batches, epoch after epoch. */
export interface ExampleLoader extends AsyncIterable<AnyBatch> {
  /** Batches in an epoch. */
  readonly length: number;
  /** The batches of one epoch, from a batch on. */
  batches(epoch: number, from?: number): AsyncGenerator<AnyBatch, void, undefined>;
  /** The place, for a checkpoint. */
  state(): LoaderState;
  restore(state: LoaderState): void;
}

/**
 * The examples of some data, read by a feed.
 * @param digests gets the digest of each example's contents when it is read
 */
export function readExamples(
  { examples }: Pick<RunData, 'examples'>,
  feed: Feed,
  digests?: Map<number, string>,
): ReadExamples {
  const listed: Dataset<number> = { length: examples.length, get: (index) => index };
  const read = mapDataset(listed, async (index): Promise<Labelled<unknown, Label>> => {
    const { input, label, name } = examples[index]!;
    const path = pathOf(input) ?? name;
    try {
      return {
        input: await feed.read(digests ? noted(input, (digest) => digests.set(index, digest)) : input),
        label,
        path,
      };
    } catch (error) {
      throw new SampleError((error as Error).message, { path, cause: error });
    }
  });
  return cached(read, { bytesOf: ({ input }) => feed.bytesOf(input) });
}

const pathOf = (input: unknown): string | undefined =>
  typeof input === 'object' && input !== null && 'name' in input ? String(input.name) : undefined;

/** A file whose contents are digested as they are read. */
function noted(input: unknown, note: (digest: string) => void): unknown {
  if (typeof input !== 'object' || input === null || !('bytes' in input)) return input;
  const { bytes } = input as { bytes(): Promise<Uint8Array> };
  return {
    ...input,
    bytes: async () => {
      const contents = await bytes();
      note(await digestOf(contents));
      return contents;
    },
  };
}

/** Some examples in batches. They were read before, so one that cannot be read now is an error. */
export function exampleLoader(
  examples: ReadExamples,
  indices: readonly number[],
  { feed, training, batchSize, seed, progress }: ExampleLoaderOptions,
): ExampleLoader {
  const loader = new Loader(subset(examples, indices), {
    batchSize,
    seed,
    strict: true,
    shuffle: training,
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
