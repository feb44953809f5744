import { type ExtensionPoint, extensionPoint, type Named } from '@graft/plugin';
import type { Labelled, LabelledDataset } from './labelled.ts';

/** A way to get classified examples, such as a folder a class. */
export interface DatasetSource extends Named {
  /**
   * Opens a data set. Each sample's input is a file's path or contents.
   * @param location where it is: a folder, a file, an address
   * @throws where it is not of the expected form, saying what was found and what is wanted
   */
  open(location: string, options?: object): Promise<LabelledDataset<Labelled<string | Uint8Array>>>;
}

/** Data set sources, by name. */
export const datasetSource: ExtensionPoint<DatasetSource> = extensionPoint('dataset source');
