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

/** A dataset of examples with numbers to predict, known without reading the examples. */
export interface TargetDataset<Sample, Target> extends Dataset<Sample> {
  /** What each sample's numbers say: classes where each is 0 or 1, or the names of measures. */
  readonly names: readonly string[];
  readonly targets: readonly Target[];
}
