import type { Examples } from '@graft/data';
import type { Loss, Module } from '@graft/layers';
import { type Context, type ExtensionPoint, extensionPoint, type Named } from '@graft/plugin';
import type { Comparing, Evaluation, Label, Markup, ReportedRun, ReportSection, Scoring } from '@graft/report';
import type { Tensor } from '@graft/tensor';
import type { Metric, Outputs } from '@graft/train';
import type { Link } from '@graft/transfer';

/** The targets of a data set. */
export interface Targets {
  /** The name of each model output: classes, labels or targets. */
  readonly names: readonly string[];
  /** The label of each example, or undefined if it has a problem. */
  readonly labels: readonly (Label | undefined)[];
  /** Why an example has no label, by its index. */
  readonly problems: ReadonlyMap<number, string>;
  /** The columns, if the caller selected them. */
  readonly columns?: readonly string[];
  /** Sentences about the targets as a whole. */
  readonly warnings?: readonly string[];
}

/** How to train the head. */
export interface Learning {
  /** Number of outputs of the head. */
  readonly outputs: number;
  /** Number of examples of each class, used to initialise the head's bias. */
  readonly classCounts?: readonly number[];
  /** How outputs are scored by default; a linear head is then fitted to convergence. By default it is trained in epochs. */
  readonly link?: Link;
  /** Extends the head with layers of the objective, such as scaling to units. */
  finish(head: Module): Module;
  /** The loss. @param chosen replaces the default loss */
  loss(chosen?: Loss): Loss;
}

/** One prediction in several formats. */
export interface Prediction {
  readonly json: object;
  /** Table cells, for the objective's `columns`. */
  readonly row: readonly string[];
  /** The prediction as one table cell. */
  readonly text: string;
}

/** A prediction and the ground truth. */
export interface Verdict {
  readonly prediction: string;
  readonly truth: string;
  /** Not set if predictions are never exactly right or wrong, as in regression. */
  readonly correct?: boolean;
}

/** Accumulates predictions for labelled examples. */
export interface Evaluator {
  add(outputs: Outputs, labels: ArrayLike<number>): void;
  result(): Evaluation;
  /** Tables for an HTML page that show more than `result`, such as a confusion matrix. */
  tables?(): Markup;
}

/** An objective's part of a model card, as Markdown with names escaped. */
export interface CardPart {
  /** The kind of model, such as `An image classifier`. */
  readonly kind: string;
  /** A description of the model's outputs. */
  readonly outputs: string;
  readonly data: string;
  /** The scores on held-out examples; undefined if there are none. */
  readonly scores?: string | undefined;
  readonly limits: readonly string[];
}

/** A prediction task: how targets are read, which head and loss are trained, and how predictions are scored, printed and explained. */
export interface Objective extends Scoring, Comparing, Named {
  /** The word for outputs: `class`, `classes`. */
  readonly noun: readonly [one: string, many: string];
  /** The name of the model's ONNX output, such as `logits`. */
  readonly outputName: string;
  readonly metrics: readonly Metric[];
  /** The score to use instead of `score` if the classes are uneven. */
  readonly balanced?: Metric;
  /** Whether every example has exactly one class. */
  readonly exclusive: boolean;
  /** What decoding and augmentation must preserve because the target may depend on it. */
  readonly preserves: { readonly extent: boolean; readonly colour: boolean };
  /**
   * Reads the targets of examples.
   * @param columns table columns to read instead of the default ones
   * @throws if the examples have no targets of this kind
   */
  targets(examples: Examples, columns?: readonly string[]): Targets;
  /** The columns to read from a data set that is evaluated later. @param columns as selected for the run */
  columnsFor(names: readonly string[], columns: readonly string[] | undefined): readonly string[] | undefined;
  /** A stratum for each example; stratified splits keep their proportions equal. @param parts number of parts of the split */
  strata(labels: readonly Label[], parts: number): ArrayLike<number>;
  learning(names: readonly string[], labels: readonly Label[]): Learning;
  /** Converts raw outputs before those of several views are averaged, for example to probabilities. */
  activate(outputs: Tensor): Tensor;
  /** Column titles for {@link Prediction.row}. */
  readonly columns: readonly string[];
  /** Formats a prediction. @param values activated outputs of one example @param top the maximum number of classes or alternatives to list */
  predict(values: readonly number[], names: readonly string[], top: number): Prediction;
  /** Compares a prediction with the ground truth. @param values raw outputs of one example */
  verdict(values: Float32Array, label: Label, names: readonly string[]): Verdict;
  evaluator(names: readonly string[]): Evaluator;
  /** The main result in one line, shown at the top of a report with held-out examples. */
  headline(
    run: Pick<ReportedRun, 'noun' | 'seconds' | 'names' | 'trainingLabels'> & { readonly evaluation: Evaluation },
  ): Markup;
  /** Report sections specific to this objective; a report without held-out examples omits them. */
  readonly sections: readonly ReportSection[];
  /** The objective's part of the model card. */
  card(run: ReportedRun): CardPart;
  /** A line of JavaScript that prints a prediction from `outputs` and `labels`, for the model card. */
  readonly usage: string;
}

/** An objective that configurations can create by name. */
export interface ObjectiveType extends Named {
  create(options?: object, context?: Context): Objective;
}

/** The extension point for objectives. */
export const objective: ExtensionPoint<ObjectiveType> = extensionPoint('objective', 'the option "task" of a run');
