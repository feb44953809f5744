import type { EpochLog } from '@graft/train';

/** What an example is labelled with: the number of its class, or numbers to predict. */
export type Label = number | Float32Array;

/** A picture as the bytes of a file. */
export interface Picture {
  readonly bytes: Uint8Array;
  readonly type: 'image/jpeg' | 'image/png' | 'image/svg+xml';
}

/** How one example looks to a person: a picture, a text, or both. */
export interface Exhibit {
  readonly picture?: Picture;
  readonly text?: string;
}

/** How an objective's scores are named and written. */
export interface Scoring {
  /** The metric that runs are compared by. */
  readonly score: string;
  /** Whether metrics are fractions of 1. */
  readonly fractions: boolean;
  /** Each metric's title. */
  readonly titles: Readonly<Record<string, string>>;
  show(metric: string, value: number): string;
}

/** How predictions are compared with the truth, and told. */
export interface Comparing {
  /** How far a prediction is from the truth. @param labels of all examples: their spread is the unit of numbers */
  distance(labels: readonly Label[]): (values: Float32Array, label: Label) => number;
  /** A prediction beside the truth, for people. */
  compare(values: Float32Array, label: Label, names: readonly string[]): string;
}

/** What an evaluation found: a line for each class, label or number. */
export interface Evaluation {
  /** The objective's score. */
  readonly score: number;
  readonly samples: number;
  /** A table of it. */
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
  readonly json: object;
  /** The same for a terminal. */
  readonly text: string;
}

/** A held-out example with the model's prediction. */
export interface EvaluatedExample {
  /** What it is called, relative to the data. */
  readonly name: string;
  /** The model's output, before probabilities are made of it. */
  readonly values: Float32Array;
  readonly label: Label;
  /** The backbone's features of it, pooled to a vector. */
  readonly features?: Float32Array;
  /** How it looks; nothing where it cannot be shown. */
  show(): Promise<Exhibit | undefined>;
  /** The same, highlighted by evidence for the prediction. */
  evidence?(): Promise<Exhibit | undefined>;
}

/** One phase of training, and its epochs. */
export interface ReportedPhase {
  readonly name: string;
  readonly log: readonly EpochLog[];
  /** The epoch whose weights were kept, from 1. */
  readonly best?: number;
}

/** Everything that a report can show about a run. */
export interface ReportedRun {
  readonly title: string;
  readonly objective: Scoring & Comparing & { readonly name: string };
  /** What examples are called: `image`, `images`. */
  readonly noun: readonly [one: string, many: string];
  /** What each of the model's outputs stands for: classes, labels, numbers. */
  readonly names: readonly string[];
  readonly phases: readonly ReportedPhase[];
  readonly evaluation: Evaluation;
  /** Held-out examples with predictions, in the order of the data. */
  readonly examples: readonly EvaluatedExample[];
  /** Labels of the examples that the model was trained on. */
  readonly trainingLabels: readonly Label[];
  readonly warnings: readonly string[];
  readonly quarantined: readonly { readonly place: string; readonly reason: string }[];
  /** What else is known: network, data, preprocessing, parameters. */
  readonly facts: readonly (readonly [name: string, value: string])[];
  /** The command or the call that repeats the run. */
  readonly reproduce?: string;
  /** When training ended. */
  readonly date: Date;
  /** Of training. */
  readonly seconds: number;
}
