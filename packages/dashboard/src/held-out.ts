import type { EvaluatedExample } from '@graft/report';
import type { Objective } from '@graft/tasks';
import type { Outputs } from '@graft/train';

/** The parts of an objective that the dashboard uses. */
export type LiveObjective = Pick<
  Objective,
  'titles' | 'fractions' | 'score' | 'show' | 'distance' | 'compare' | 'evaluator'
>;

/** A held-out example with its name and picture or text. */
export type LiveExample = Pick<EvaluatedExample, 'name' | 'show'>;

/** The objective and the examples of the validation data. */
export interface HeldOut {
  readonly objective: LiveObjective;
  /** The name of each model output: classes, labels or targets. */
  readonly names: readonly string[];
  /** The validation examples, in order. */
  readonly examples?: readonly LiveExample[];
}

/** Model outputs for a validation batch. */
export interface ValidatedBatch {
  readonly outputs: Outputs;
  readonly labels: ArrayLike<number>;
  /** The labels' shape, if each example has a vector of targets. */
  readonly labelShape?: readonly number[] | undefined;
}

/** The outputs of one validation, in the data's order. */
export interface Validated {
  readonly batches: readonly ValidatedBatch[];
  /** The examples; empty if they are not known. */
  readonly examples: readonly LiveExample[];
}
