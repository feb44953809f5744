import { SampleError } from './sample-error.ts';

/** Samples in sequence, such as from a file, a generator or a network. */
export interface IterableDataset<Sample> {
  /** The number of samples, if known. */
  readonly length?: number | undefined;
  /** Iterates over the samples from the start, the same each time. A broken sample is replaced by a {@link SampleError}. */
  samples(): AsyncIterable<Sample | SampleError> | Iterable<Sample | SampleError>;
}

/**
 * A dataset from a function that starts a new iteration, such as a generator function, or one that opens a file.
 * @param options `length`: the number of samples, if known
 */
export function iterableDataset<Sample>(
  samples: IterableDataset<Sample>['samples'],
  { length }: { length?: number } = {},
): IterableDataset<Sample> {
  return { length, samples };
}

/** A dataset of `change(sample)`. If `change` throws, the sample counts as broken, and iteration continues. */
export function mapIterable<In extends object, Out>(
  { length, samples }: IterableDataset<In>,
  change: (sample: In) => Out | Promise<Out>,
): IterableDataset<Out> {
  return {
    length,
    async *samples() {
      for await (const sample of samples()) {
        if (sample instanceof SampleError) yield sample;
        else
          yield await Promise.resolve(sample)
            .then(change)
            .catch((error: unknown) => {
              const { path } = sample as { path?: unknown };
              return new SampleError(error instanceof Error ? error.message : String(error), {
                path: typeof path === 'string' ? path : undefined,
                cause: error,
              });
            });
      }
    },
  };
}
