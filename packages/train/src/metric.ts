import { type Context, type ExtensionPoint, extensionPoint, type Named } from '@graft/plugin';
import type { Shape } from '@graft/tensor';

/** A model's outputs for one batch, on the host. */
export interface Outputs {
  readonly values: Float32Array;
  /** [batch, ...]; for classification [batch, classes]. */
  readonly shape: Shape;
}

/** A metric being accumulated over batches. */
export interface RunningMetric {
  add(outputs: Outputs, targets: ArrayLike<number>): void;
  result(): number;
  /** Returns the accumulated state as plain JSON, to resume within an epoch. */
  save?(): unknown;
  /** Restores what `save` returned. */
  restore?(saved: unknown): void;
}

/** A measure of how good predictions are, accumulated batch by batch. The result does not depend on the batch size. */
export interface Metric<Name extends string = string> extends Named {
  /** Name in the log: `accuracy` for training data becomes `validationAccuracy` for validation data. */
  readonly name: Name;
  /** Whether greater values are better, which decides the best epoch. */
  readonly greaterIsBetter: boolean;
  start(): RunningMetric;
}

/** A metric that a configuration can create by name. */
export interface MetricType extends Named {
  create(options?: object, context?: Context): Metric;
}
/** Metrics by name. */
export const metric: ExtensionPoint<MetricType> = extensionPoint('metric', 'the option "metrics" of a run');
