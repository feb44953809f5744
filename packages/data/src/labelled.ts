import type { Dataset } from './dataset.ts';

/** An input with its label. */
export interface Labelled<Input, Label = number> {
  readonly input: Input;
  /** In classification, the class index. */
  readonly label: Label;
  /** Its file, for messages. */
  readonly path?: string;
}

/** A classification dataset; its labels are known without reading samples. */
export interface LabelledDataset<Sample> extends Dataset<Sample> {
  /** Class names; a label is an index into this list. */
  readonly classes: readonly string[];
  /** The class of each sample. */
  readonly labels: Int32Array;
}

/** A multilabel or regression dataset; its targets are known without reading samples. */
export interface TargetDataset<Sample, Target> extends Dataset<Sample> {
  /** The name of each target value: classes for values of 0 and 1, or the names of regression targets. */
  readonly names: readonly string[];
  readonly targets: readonly Target[];
}
