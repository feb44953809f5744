import type { Examples } from '@graft/data';
import type { Loss, Module } from '@graft/layers';
import { type Context, type ExtensionPoint, extensionPoint, type Named } from '@graft/plugin';
import type { Comparing, Evaluation, Label, Markup, ReportedRun, ReportSection, Scoring } from '@graft/report';
import type { Tensor } from '@graft/tensor';
import type { Metric, Outputs } from '@graft/train';

/** What an objective learns from examples. */
export interface Targets {
  /** What each of the model's outputs stands for: classes, labels, numbers. */
  readonly names: readonly string[];
  /** One for each example; none where `problems` says why. */
  readonly labels: readonly (Label | undefined)[];
  /** Why an example has no label, by its number in the list. */
  readonly problems: ReadonlyMap<number, string>;
  /** Columns that were read, where the caller named them. */
  readonly columns?: readonly string[];
}

/** What is trained on top of the backbone. */
export interface Learning {
  /** How many numbers the head gives for an example. */
  readonly outputs: number;
  /** How often each class occurs, for a head whose bias starts there. */
  readonly classCounts?: readonly number[];
  /** Puts on the head what belongs to the objective, such as units of measurement. */
  finish(head: Module): Module;
  /** @param chosen in place of the standard loss */
  loss(chosen?: Loss): Loss;
}

/** One prediction, as JSON and for people. */
export interface Prediction {
  readonly json: object;
  /** Cells under the objective's `columns`. */
  readonly row: readonly string[];
  /** The prediction in one table cell. */
  readonly text: string;
}

/** A prediction beside the ground truth; `correct` is missing where predictions are only nearer or farther. */
export interface Verdict {
  readonly prediction: string;
  readonly truth: string;
  readonly correct?: boolean;
}

/** Gathers predictions for labelled examples. */
export interface Evaluator {
  add(outputs: Outputs, labels: ArrayLike<number>): void;
  result(): Evaluation;
  /** What it found as markup for a page, where that shows more than the table of `result`, such as a confusion matrix. */
  tables?(): Markup;
}

/** An objective's part of a model card, as Markdown with names escaped. */
export interface CardPart {
  /** What the model is, such as `An image classifier`. */
  readonly kind: string;
  /** What comes out of it. */
  readonly outputs: string;
  readonly data: string;
  readonly scores: string;
  readonly limits: readonly string[];
}

/** What is predicted: which targets are read, which head and loss learn them, and how predictions are scored, printed and explained. */
export interface Objective extends Scoring, Comparing, Named {
  /** What names are called: `class`, `classes`. */
  readonly noun: readonly [one: string, many: string];
  /** What the model's output is called in ONNX, such as `logits`. */
  readonly outputName: string;
  readonly metrics: readonly Metric[];
  /** Whether every example has exactly one class. */
  readonly exclusive: boolean;
  /** What decoding and augmentation must keep because the target may depend on it. */
  readonly preserves: { readonly extent: boolean; readonly colour: boolean };
  /**
   * Reads targets from what a source says about examples.
   * @param columns of a table, in place of the usual ones
   * @throws where the examples have no targets of this kind
   */
  targets(examples: Examples, columns?: readonly string[]): Targets;
  /** Columns to read from other data, so it is labelled as the run's data was. */
  columnsFor(names: readonly string[], columns: readonly string[] | undefined): readonly string[] | undefined;
  /** A kind for each example that all parts of a split hold in the same proportion. @param parts how many there are */
  strata(labels: readonly Label[], parts: number): ArrayLike<number>;
  learning(names: readonly string[], labels: readonly Label[]): Learning;
  /** What outputs become before those of several views are averaged: probabilities, or as they are. */
  activate(outputs: Tensor): Tensor;
  /** Titles of a prediction's cells. */
  readonly columns: readonly string[];
  /** @param values activated outputs of one example @param top how many alternatives to name */
  predict(values: readonly number[], names: readonly string[], top: number): Prediction;
  /** @param values as the model gives them */
  verdict(values: Float32Array, label: Label, names: readonly string[]): Verdict;
  evaluator(names: readonly string[]): Evaluator;
  /** One line for the top of a report. */
  headline(run: Pick<ReportedRun, 'evaluation' | 'noun' | 'seconds'>): Markup;
  /** Sections of the report that only this objective has. */
  readonly sections: readonly ReportSection[];
  card(run: ReportedRun): CardPart;
  /** A line of JavaScript that prints a prediction from `outputs` and `labels`, for the model card. */
  readonly usage: string;
}

/** A kind of objective that can be made from its options. */
export interface ObjectiveType extends Named {
  create(options?: object, context?: Context): Objective;
}

/** What can be predicted, by name. */
export const objective: ExtensionPoint<ObjectiveType> = extensionPoint('objective', 'the option "task" of a run');
