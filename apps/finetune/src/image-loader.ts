import { type Preset } from '@graft/augment';
import { sharpDecoder } from '@graft/augment/node';
import {
  type Batch,
  cached,
  type Collate,
  type Dataset,
  decoded,
  type Image,
  imageBatch,
  type Labelled,
  Loader,
  type LoaderState,
  type Normalization,
  onInput,
  subset,
  withTargets,
} from '@graft/data';
import type { Reporter } from './reporter.ts';
import type { Label } from './task/task.ts';

export interface ImageLoaderOptions {
  readonly preset: Preset;
  /** Whether images are changed at random and shuffled. */
  readonly training: boolean;
  readonly batchSize: number;
  readonly seed: number;
  /** Can stop the command between two batches. */
  readonly reporter: Reporter;
}

/** Images in batches, epoch after epoch. */
export interface ImageLoader extends AsyncIterable<Batch> {
  /** Batches in an epoch. */
  readonly length: number;
  batches(epoch: number): AsyncGenerator<Batch, void, undefined>;
  /** The place, for a checkpoint. */
  state(): LoaderState;
  restore(state: LoaderState): void;
}

/** The images of a dataset, decoded once and kept. */
export const decodedImages = <L extends Label>(
  dataset: Dataset<Labelled<string, L>>,
  preset: Preset,
): Dataset<Labelled<Image, L>> => cached(decoded(dataset, sharpDecoder, preset.decode));

/** Batches of images with the class of each, or its numbers to predict. */
export function labelledBatch(normalization: Normalization): Collate<Labelled<Image, Label>, Batch> {
  const [classes, targets] = [imageBatch(normalization), withTargets(imageBatch(normalization))];
  return (samples, indices) =>
    typeof samples[0]!.label === 'number'
      ? classes(samples as readonly Labelled<Image>[], indices)
      : targets(samples, indices);
}

/** Some of the images in batches. They were read before, so that one that cannot be read now is an error. */
export function imageLoader(
  images: Dataset<Labelled<Image, Label>>,
  indices: readonly number[],
  { preset, training, batchSize, seed, reporter }: ImageLoaderOptions,
): ImageLoader {
  const loader = new Loader(subset(images, indices), {
    batchSize,
    seed,
    strict: true,
    shuffle: training,
    collate: labelledBatch(preset.normalization),
    transform: onInput<Image, Image, Label>(training ? preset.training : preset.evaluation),
  });
  async function* breathing(batches: AsyncIterable<Batch>): AsyncGenerator<Batch, void, undefined> {
    for await (const batch of batches) {
      await reporter.breathe();
      yield batch;
    }
  }
  return {
    length: loader.length,
    state: () => loader.state(),
    restore: (state) => loader.restore(state),
    batches: (epoch) => breathing(loader.batches(epoch)),
    [Symbol.asyncIterator]: () => breathing(loader),
  };
}
