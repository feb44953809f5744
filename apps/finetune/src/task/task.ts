import type { Dataset, Labelled } from '@graft/data';
import type { ImageFolder, QuarantinedRow } from '@graft/data/node';
import type { Loss, Module } from '@graft/layers';
import type { Tensor } from '@graft/tensor';
import type { Metric, Outputs } from '@graft/train';

/** What an image shows: the number of its class, or numbers to predict. */
export type Label = number | Float32Array;

/** Images with what they show, from class folders or a table. */
export interface TaskData extends Dataset<Labelled<string, Label>> {
  /** The folder that the images' names are shown from. */
  readonly root: string;
  /** What each of a model's answers is of. */
  readonly classes: readonly string[];
  /** Files and rows that were left out. */
  readonly ignored: readonly string[];
  readonly rows: readonly QuarantinedRow[];
  /** A kind for each image that all parts of a split have in the same share. @param parts how many there are */
  strata(indices: readonly number[], parts: number): ArrayLike<number>;
  /** The same where each image has one class. */
  readonly classified?: ImageFolder;
}

/** What a model learns, put on the one that it had. */
export interface TaskLearning {
  /** How often each class occurs, for a head that starts there. */
  readonly classCounts?: readonly number[];
  finish(head: Module): Module;
  /** @param chosen in place of the usual one */
  loss(chosen?: Loss): Loss;
}

/** One image's answer, as JSON and for people. */
export interface TaskAnswer {
  readonly json: object;
  readonly row: readonly string[];
  /** What a table of numbers calls the answer. */
  readonly text: string;
}

/** What a model said of an image, and what it is; `right` is missing where answers are only nearer or farther. */
export interface Said {
  readonly answer: string;
  readonly truth: string;
  readonly right?: boolean;
}

/** Counts a model's answers to labelled images. */
export interface TaskJudge {
  add(outputs: Outputs, labels: ArrayLike<number>): void;
  report(): TaskReport;
}

/** What a judge found: a line for each class, label or number. */
export interface TaskReport {
  /** The task's `score`. */
  readonly score: number;
  readonly samples: number;
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
  readonly json: object;
  readonly text: string;
}

/** All that one kind of question asks of a run: how data is read, what is learned, and how answers are told and judged. */
export interface Task {
  readonly name: TaskName;
  /** @param targets columns of a table @throws where the data does not answer this kind of question */
  open(path: string, targets?: readonly string[]): Promise<TaskData>;
  learning(data: TaskData, learned: readonly Label[]): TaskLearning;
  readonly metrics: readonly Metric[];
  /** The metric that runs are compared by, and how its numbers are written; all of `metrics` have a title. */
  readonly score: string;
  /** Whether the metrics are shares of 1. */
  readonly shares: boolean;
  readonly titles: Readonly<Record<string, string>>;
  show(metric: string, value: number): string;
  /** What answers become before those to several views are averaged: probabilities, or as they are. */
  activate(outputs: Tensor): Tensor;
  readonly head: readonly string[];
  answer(values: readonly number[], classes: readonly string[], top: number): TaskAnswer;
  /** @param values as the model gives them */
  say(values: Float32Array, label: Label, classes: readonly string[]): Said;
  judge(classes: readonly string[]): TaskJudge;
  /** Measures how far an answer is from the truth, so that the hardest images come first. @param labels of all images: their spread is the unit of numbers */
  distance(labels: readonly Label[]): (values: Float32Array, label: Label) => number;
  /** An answer beside the truth, for people. */
  compare(values: Float32Array, label: Label, classes: readonly string[]): string;
}

export const taskNames = ['classification', 'multilabel', 'regression'] as const;
export type TaskName = (typeof taskNames)[number];
