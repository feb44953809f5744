import { SampleError } from './sample-error.ts';

/** Samples one after another, as a file, a generator or a network gives them. */
export interface IterableDataset<Sample> {
  /** How many there are, where that is known. */
  readonly length?: number | undefined;
  /** The samples from the first on, the same each time. One that is broken is a {@link SampleError} in its place. */
  samples(): AsyncIterable<Sample | SampleError> | Iterable<Sample | SampleError>;
}

/**
 * A dataset of what a function begins anew each time: a generator function, or one that opens a file.
 * @param options `length`: how many samples there are, where that is known
 */
export function iterableDataset<Sample>(
  samples: IterableDataset<Sample>['samples'],
  { length }: { length?: number } = {},
): IterableDataset<Sample> {
  return { length, samples };
}

/** A dataset whose samples are `change(sample)`. A sample for which that throws is a broken one, and ends nothing. */
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
