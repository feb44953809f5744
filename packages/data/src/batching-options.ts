import type { Collate } from './batch.ts';
import type { Transform } from './transform.ts';

/** What every loader takes. */
export interface BatchingOptions<Sample, Ready, B> {
  readonly batchSize: number;
  /** Puts the samples of a batch together, such as `imageBatch()`. */
  readonly collate: Collate<Ready, B>;
  /** What happens to each sample on its way: augmentation, resizing. */
  readonly transform?: Transform<Sample, Ready>;
  /** All random choices follow from it, the epoch and the sample; default 0. */
  readonly seed?: number;
  /** Leaves out a last batch that is not full; default false. */
  readonly dropLast?: boolean;
  /** How many batches are prepared while one is in use; default 2, 0 for none. */
  readonly prefetch?: number;
  /** How many bytes of samples may be prepared while a batch is in use, reckoned by the largest batch so far; default 256 MiB. */
  readonly prefetchBytes?: number;
  /** How many samples are loaded at the same time; default 16. */
  readonly concurrency?: number;
  /** Whether a sample that cannot be loaded is an error; default false. */
  readonly strict?: boolean;
  /** The share of samples that may fail to load before the run stops; default 0.5. */
  readonly quarantineLimit?: number;
}

/**
 * That samples which the collate does not take, such as paths where it expects images, need a transform that makes them so. Images are decoded by
 * `decoded(dataset, decoder)`.
 */
export type TransformWhereNeeded<Sample, Ready> = [Sample] extends [Ready]
  ? unknown
  : { readonly transform: Transform<Sample, Ready> };

/** Fills in what is not told. @throws where an option is out of range */
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
    throw new Error(`A loader's prefetchBytes is a number of 0 or more, got ${prefetchBytes}.`);
  return { batchSize, seed, dropLast, prefetch, prefetchBytes, concurrency, quarantineLimit };
}

export function checkCount(name: string, value: number, least: number): void {
  if (!Number.isInteger(value) || value < least)
    throw new Error(`A loader's ${name} is a whole number of ${least} or more, got ${value}.`);
}
