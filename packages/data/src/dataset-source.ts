import { type ExtensionPoint, extensionPoint, type Named } from '@graft/plugin';
import type { IterableDataset } from './iterable-dataset.ts';
import type { Labelled, LabelledDataset, TargetDataset } from './labelled.ts';

/** What a source gives: examples with a class each (`labels`), with numbers to predict (`targets`), or one after another (`samples`). */
export type SourceDataset =
  | LabelledDataset<Labelled<string | Uint8Array>>
  | TargetDataset<Labelled<string | Uint8Array, number | Float32Array>, number | Float32Array>
  | IterableDataset<Labelled<string | Uint8Array>>;

/** A way to get examples and what they show, such as a folder a class. */
export interface DatasetSource extends Named {
  /**
   * Opens a data set. Each sample's input is a file's path or contents.
   * @param location where it is: a folder, a file, an address
   * @throws where it is not of the expected form, saying what was found and what is wanted
   */
  open(location: string, options?: object): Promise<SourceDataset>;
}

/** Data set sources, by name. */
export const datasetSource: ExtensionPoint<DatasetSource> = extensionPoint('dataset source');
