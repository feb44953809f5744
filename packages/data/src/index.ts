export type { BatchingOptions, TransformWhereNeeded } from './batching-options.ts';
export { imageExtensions } from './image-extensions.ts';
export {
  type AnyBatch,
  type Batch,
  type BatchTargets,
  type Collate,
  imageBatch,
  type ImageBatchOptions,
  isNamed,
  namedBatch,
  type NamedBatch,
  vectorBatch,
} from './batch.ts';
export { cached, type CachedOptions } from './cached.ts';
export { arrayDataset, concat, type Dataset, mapDataset, subset } from './dataset.ts';
export { cell, flagCell, namesCell, numberCell, textCell } from './cells.ts';
export { type DatasetSource, datasetSource, openExamples } from './dataset-source.ts';
export {
  type ExampleFile,
  type ExampleInput,
  type Examples,
  fileOpener,
  type Row,
  type SourceExample,
  type SourceOptions,
  type DataPart,
} from './examples.ts';
export { exampleListSource, type GivenExample } from './example-list-source.ts';
export { fileListSource } from './file-list-source.ts';
export { default as dataPlugin } from './plugin.ts';
export { type FeatureStore, memoryFeatureStore } from './feature-store.ts';
export { groupKFold, groupSplit } from './group-split.ts';
export { blank, brightness, type Image, image } from './image.ts';
export { type IterableDataset, iterableDataset, mapIterable } from './iterable-dataset.ts';
export { checkImage, imageTransform, NotDecodedError } from './check-image.ts';
export {
  type DecodeOptions,
  decoded,
  type EncodeOptions,
  type ImageDecoder,
  imageDecoder,
  imageDecoderOf,
} from './image-decoder.ts';
export type { Labelled, LabelledDataset, TargetDataset } from './labelled.ts';
export { limit } from './limit.ts';
export { Loader, type LoaderOptions, type LoaderState } from './loader.ts';
export { imageFingerprint, looksSame } from './looks-same.ts';
export { type SimilarPair, similarPairs, type WorkLimit } from './similar-pairs.ts';
export {
  acrossParts,
  differenceHash,
  type Duplicate,
  type ImageHash,
  imageHashes,
  nearDuplicates,
} from './near-duplicates.ts';
export { type Normalization, perChannel, type Planes, toPlanes, writePlanes } from './normalization.ts';
export {
  choiceOption,
  listOption,
  numberOption,
  type OptionReader,
  rangeOption,
  readOptions,
  textOption,
} from './options.ts';
export type { Quarantined } from './quarantine.ts';
export type { ReadingOptions } from './reading-options.ts';
export { SampleError } from './sample-error.ts';
export { balanced, bucketed, type Sampler, sequential, shuffled, weighted } from './sampler.ts';
export { kFold, pickPerClass, type Split, type SplitOptions, split } from './split.ts';
export { stratifiedSample } from './stratified-sample.ts';
export { StreamLoader, type StreamLoaderOptions, type StreamLoaderState } from './stream-loader.ts';
export { tarEntries, type TarEntry, type TarOptions } from './tar.ts';
export { compose, onInput, type Transform } from './transform.ts';
export { createTransforms, type TransformConfig, type TransformType, transform } from './transform-type.ts';
export { isZip, ZipArchive, type ZipEntry } from './zip.ts';
export { type TargetBatch, withLabels, withTargets } from './with-targets.ts';
export { type BlobLike, exampleFileOf } from './example-file.ts';
