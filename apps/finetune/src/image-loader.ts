import { sharpDecoder, type Preset } from '@graft/augment';
import { type Batch, cached, type Dataset, decoded, type Image, imageBatch, type Labelled, Loader, onInput, subset } from '@graft/data';

export type ImageLoader = Loader<Labelled<Image>, Labelled<Image>, Batch>;

export interface ImageLoaderOptions {
  readonly preset: Preset;
  /** Whether images are changed at random and shuffled. */
  readonly training: boolean;
  readonly batchSize: number;
  readonly seed: number;
  readonly strict?: boolean;
}

/** The images of a dataset, decoded once and kept. */
export const decodedImages = (dataset: Dataset<Labelled<string>>, preset: Preset): Dataset<Labelled<Image>> => cached(decoded(dataset, sharpDecoder, preset.decode));

/** Some of the images in batches. */
export const imageLoader = (images: Dataset<Labelled<Image>>, indices: readonly number[], { preset, training, batchSize, seed, strict = false }: ImageLoaderOptions): ImageLoader =>
  new Loader(subset(images, indices), {
    batchSize, seed, strict, shuffle: training, collate: imageBatch(preset.normalization), transform: onInput(training ? preset.training : preset.evaluation),
  });
