import { type Context, type ExtensionPoint, extensionPoint, type Named } from '@graft/plugin';
import type { Shape } from '@graft/tensor';

/** A model's answers to one batch, on the host. */
export interface Outputs {
  readonly values: Float32Array;
  /** [batch, ...]; for classification [batch, classes]. */
  readonly shape: Shape;
}

/** A metric in the middle of its data. */
export interface RunningMetric {
  add(outputs: Outputs, targets: ArrayLike<number>): void;
  result(): number;
  /** What it has counted so far, as plain JSON: a run that is resumed within an epoch goes on from there. */
  save?(): unknown;
  /** Takes what `save` gave. */
  restore?(saved: unknown): void;
}

/** A number that says how good answers are; gathered batch by batch, exact over batches of any size. */
export interface Metric<Name extends string = string> extends Named {
  /** What it is called in the log: `accuracy` on training data, `validationAccuracy` on validation data. */
  readonly name: Name;
  /** Whether more is better; what watches a run for its best epoch asks. */
  readonly greaterIsBetter: boolean;
  start(): RunningMetric;
}

/** A kind of metric that can be made from its options, as a configuration names it. */
export interface MetricType extends Named {
  create(options?: object, context?: Context): Metric;
}
/** Metrics by name. */
export const metric: ExtensionPoint<MetricType> = extensionPoint('metric', 'the option "metrics" of a run');
