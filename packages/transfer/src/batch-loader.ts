import type { AnyBatch, Batch } from '@graft/data';

/** Yields batches for each epoch, as a `Loader` does. */
export interface BatchLoader<B extends AnyBatch = Batch> extends AsyncIterable<B> {
  /** Batches per epoch. */
  readonly length: number;
  batches(epoch: number): AsyncIterable<B>;
}
