import type { Dataset } from './dataset.ts';

/** An example and what it shows. */
export interface Labelled<Input, Label = number> {
  readonly input: Input;
  /** In classification, the number of the class. */
  readonly label: Label;
  /** The file it came from, for messages. */
  readonly path?: string;
}

/** A dataset of classified examples whose labels are known without reading the examples. */
export interface LabelledDataset<Sample> extends Dataset<Sample> {
  /** Class names; a label is a place in this list. */
  readonly classes: readonly string[];
  /** The class of each sample. */
  readonly labels: Int32Array;
}
