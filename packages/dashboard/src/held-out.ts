import type { EvaluatedExample } from '@graft/report';
import type { Objective } from '@graft/tasks';
import type { Outputs } from '@graft/train';

/** What of an objective the dashboard shows: how its scores are computed and written, and its predictions compared. */
export type LiveObjective = Pick<
  Objective,
  'titles' | 'fractions' | 'score' | 'show' | 'distance' | 'compare' | 'evaluator'
>;

/** A held-out example: what it is called, and how it looks. */
export type LiveExample = Pick<EvaluatedExample, 'name' | 'show'>;

/** What the model predicts for the validation data. */
export interface HeldOut {
  readonly objective: LiveObjective;
  /** What each of the model's outputs stands for: classes, labels, numbers. */
  readonly names: readonly string[];
  /** The examples of the validation data, in its order. */
  readonly examples?: readonly LiveExample[];
}

/** The model's outputs for a batch of the validation data. */
export interface ValidatedBatch {
  readonly outputs: Outputs;
  readonly labels: ArrayLike<number>;
  /** The labels' shape, where there are several numbers for each example. */
  readonly labelShape?: readonly number[] | undefined;
}

/** The outputs of one validation, in the order of the data. */
export interface Validated {
  readonly batches: readonly ValidatedBatch[];
  /** The examples, where they are known. */
  readonly examples: readonly LiveExample[];
}
