import type { AnyBatch, FeatureStore } from '@graft/data';
import type { AnyModule } from '@graft/layers';
import type { Callback } from '@graft/train';
import type { BatchLoader } from './batch-loader.ts';
import { type ExtractOptions, extractFeatures, type Features } from './features.ts';

/** Options of {@link headFeatures}. */
export interface HeadFeaturesOptions {
  /** Number of views of each sample, whose features are computed once; default 1. */
  readonly views?: number;
  /** Loads the same samples without augmentation, as the first view; by default all views are augmented. */
  readonly plain?: BatchLoader<AnyBatch> | undefined;
  readonly validation?: BatchLoader<AnyBatch> | undefined;
  /** Caches features for later runs: `memoryFeatureStore()`, or `fileFeatureStore()` from `@graft/data/node`. */
  readonly store?: FeatureStore | undefined;
  /** Called after each batch with the number of features so far, over all views and then the validation data, and how many of them came from the store. */
  readonly onFeatures?: ExtractOptions['onBatch'];
  /** Their `onWork` is called after each batch. */
  readonly callbacks?: readonly Callback[];
}

/** What a head is trained on. */
export interface HeadFeatures {
  /** Features of all views; the first view comes first. */
  readonly training: Features;
  /** Features of the validation data. */
  readonly heldOut: Features | undefined;
  readonly views: number;
  /** Whether the first view is not augmented. */
  readonly plain: boolean;
}

/** Computes the features of training data, in several views, and of validation data. @param module the frozen part of the model */
export async function headFeatures(
  module: AnyModule,
  data: BatchLoader<AnyBatch>,
  { views = 1, plain, validation, store, onFeatures, callbacks = [] }: HeadFeaturesOptions = {},
): Promise<HeadFeatures> {
  let [done, stored, batches] = [0, 0, 0];
  const total = views * data.length + (validation?.length ?? 0);
  const extract = async (from: BatchLoader<AnyBatch>, count: number): Promise<Features> => {
    const [before, storedBefore] = [done, stored];
    return extractFeatures(module, from, {
      views: count,
      store,
      onBatch(some, known) {
        onFeatures?.((done = before + some), (stored = storedBefore + known));
        batches++;
        for (const callback of callbacks) callback.onWork?.({ what: 'features', done: batches, total });
      },
    });
  };
  const first = plain && (await extract(plain, 1));
  const others = first && views === 1 ? undefined : await extract(data, first ? views - 1 : views);
  return {
    training: first && others ? { ...first, samples: [...first.samples, ...others.samples] } : (first ?? others)!,
    heldOut: validation && (await extract(validation, 1)),
    views,
    plain: first !== undefined,
  };
}
