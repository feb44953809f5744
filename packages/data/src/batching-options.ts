import type { Collate } from './batch.ts';
import type { Transform } from './transform.ts';

/** Options of every loader. */
export interface BatchingOptions<Sample, Ready, B> {
  readonly batchSize: number;
  /** Combines samples into a batch, such as `imageBatch()`. */
  readonly collate: Collate<Ready, B>;
  /** Transforms each sample, such as by augmentation or resizing. */
  readonly transform?: Transform<Sample, Ready>;
  /** The random seed; all random choices depend only on it, the epoch and the sample. Default 0. */
  readonly seed?: number;
  /** Drops the last batch if it is incomplete; default false. */
  readonly dropLast?: boolean;
  /** Number of batches to prepare while one is in use; default 2, 0 for none. */
  readonly prefetch?: number;
  /** The most bytes of samples to prepare while a batch is in use, estimated from the largest batch so far; default 256 MiB. */
  readonly prefetchBytes?: number;
  /** Number of samples to load at the same time; default 16. */
  readonly concurrency?: number;
  /** Whether to throw if a sample cannot be loaded, instead of skipping it; default false. */
  readonly strict?: boolean;
  /** The fraction of samples that may fail to load before the run stops; default 0.5. */
  readonly quarantineLimit?: number;
}

/**
 * Requires a `transform` if the dataset's samples are not what `collate` accepts, such as paths instead of images. Use
 * `decoded(dataset, decoder)` to decode images.
 */
export type TransformWhereNeeded<Sample, Ready> = [Sample] extends [Ready]
  ? unknown
  : { readonly transform: Transform<Sample, Ready> };

/** Fills in defaults. @throws if an option is out of range */
export function batching<Sample, Ready, B>(options: BatchingOptions<Sample, Ready, B>) {
  const {
    batchSize,
    seed = 0,
    dropLast = false,
    prefetch = 2,
    prefetchBytes = 256 * 2 ** 20,
    concurrency = 16,
    quarantineLimit = 0.5,
  } = options;
  checkCount('batchSize', batchSize, 1);
  checkCount('prefetch', prefetch, 0);
  checkCount('concurrency', concurrency, 1);
  if (!(prefetchBytes >= 0))
    throw new Error(`A loader expects prefetchBytes to be a number of 0 or more, got ${prefetchBytes}.`);
  return { batchSize, seed, dropLast, prefetch, prefetchBytes, concurrency, quarantineLimit };
}

export function checkCount(name: string, value: number, least: number): void {
  if (!Number.isInteger(value) || value < least)
    throw new Error(`A loader expects ${name} to be an integer of ${least} or more, got ${value}.`);
}
