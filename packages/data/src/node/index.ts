export { diskFile, isTable } from './disk-file.ts';
export { type ExampleKind, exampleFiles, namedPaths } from './example-files.ts';
export { fileFeatureStore } from './file-feature-store.ts';
export { type IdxArray, type IdxOptions, readIdx } from './idx.ts';
export { identicalFiles } from './identical-files.ts';
export { type ImageFile, imageFiles } from './image-files.ts';
export { type ImageFolder, type ImageFolderOptions, imageFolder } from './image-folder.ts';
export type { ImageRowsOptions, QuarantinedRow } from './image-rows.ts';
export { type ImageTable, type ImageTableOptions, imageTable } from './image-table.ts';
export { type ParquetOptions, parquetRows } from './parquet.ts';
export { default } from './plugin.ts';
export { type TarSample, tarSamples } from './tar-samples.ts';
export { type CsvOptions, csvRows, jsonLines, type TableOptions } from './table.ts';
export {
  multiLabelTable,
  type MultiLabelTableOptions,
  regressionTable,
  type RegressionTableOptions,
  type TargetTable,
} from './target-table.ts';
