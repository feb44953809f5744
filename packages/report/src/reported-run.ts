import type { EpochLog } from '@graft/train';

/** An example's label: a class index, or a vector of target values. */
export type Label = number | Float32Array;

/** An encoded image file. */
export interface Picture {
  readonly bytes: Uint8Array;
  readonly type: 'image/jpeg' | 'image/png' | 'image/svg+xml';
}

/** An encoded sound file. */
export interface Recording {
  readonly bytes: Uint8Array;
  readonly type: 'audio/wav';
}

/** A part of a text, and how much it supports the prediction, from −1 to 1; negative values contradict it. */
export interface Highlight {
  readonly text: string;
  readonly weight: number;
}

/** One example in human-readable form: a picture, a text, a sound to play, or several of them. */
export interface Exhibit {
  readonly picture?: Picture;
  readonly recording?: Recording;
  readonly text?: string;
  /** The text in parts, with the evidence for the prediction. */
  readonly highlights?: readonly Highlight[];
}

/** How an objective names and formats its metrics. */
export interface Scoring {
  /** The metric used to compare runs. */
  readonly score: string;
  /** Whether metrics are between 0 and 1, and shown in percent. */
  readonly fractions: boolean;
  /** The title of each metric. */
  readonly titles: Readonly<Record<string, string>>;
  /** Formats a metric's value. */
  show(metric: string, value: number): string;
}

/** How an objective compares predictions with the ground truth. */
export interface Comparing {
  /** Returns a function that measures how far a prediction is from the ground truth. @param labels of all examples; regression errors are relative to their standard deviation */
  distance(labels: readonly Label[]): (values: Float32Array, label: Label) => number;
  /** Describes a prediction and the ground truth in words. */
  compare(values: Float32Array, label: Label, names: readonly string[]): string;
}

/** The result of an evaluation, with a row for each class, label or target. */
export interface Evaluation {
  /** The objective's score. */
  readonly score: number;
  readonly samples: number;
  /** The column titles of `rows`. */
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
  readonly json: object;
  /** The result as text for a terminal. */
  readonly text: string;
}

/** A held-out example with the model's prediction. */
export interface EvaluatedExample {
  /** The example's name, such as its path relative to the data. */
  readonly name: string;
  /** The model's raw output, such as logits. */
  readonly values: Float32Array;
  readonly label: Label;
  /** The backbone's features, pooled to a vector. */
  readonly features?: Float32Array;
  /** Shows the example; undefined if it cannot be shown. */
  show(): Promise<Exhibit | undefined>;
  /** Shows the example with the evidence for the prediction highlighted. */
  evidence?(): Promise<Exhibit | undefined>;
}

/** A phase of training and its log. */
export interface ReportedPhase {
  readonly name: string;
  readonly log: readonly EpochLog[];
  /** The epoch whose weights were kept, counted from 1. */
  readonly best?: number;
}

/** Examples that are the same and have different labels, so at least one label is wrong. */
export interface ReportedContradictions {
  /** Number of examples that contradict another one; with `complete` false, at least. */
  readonly count: number;
  readonly complete: boolean;
  readonly pairs: readonly {
    readonly names: readonly [string, string];
    readonly labels: readonly [string, string];
    /** Whether their contents are identical, instead of nearly the same. */
    readonly exact: boolean;
  }[];
}

/** What decides whether an example is refused as unknown. */
export interface UnknownScore {
  readonly confidence: number;
  readonly distance: number;
}

/** Unknown examples, which a run should refuse, with their scores. */
export interface ScoredUnknowns {
  readonly scores: readonly UnknownScore[];
  readonly examples: number;
  /** The fraction that is refused. */
  readonly refused: number;
  /** Areas under the ROC curves of known and unknown examples by each score. */
  readonly aurocConfidence: number;
  readonly aurocDistance: number;
}

/** How a run refuses unknown inputs: those below the confidence, or beyond the distance to training examples. */
export interface ReportedRejection extends UnknownScore {
  /** The fraction of known examples that may be refused. */
  readonly share: number;
  /** The scores of the held-out examples that the thresholds were set on, and how many of them are refused. */
  readonly known: readonly UnknownScore[];
  readonly knownRefused: number;
  /** The fraction of test examples that is refused. */
  readonly testRefused?: number;
  readonly unknown?: ScoredUnknowns;
}

/** Everything a report can show about a run. */
export interface ReportedRun {
  readonly title: string;
  readonly objective: Scoring & Comparing & { readonly name: string };
  /** The word for examples: `image`, `images`. */
  readonly noun: readonly [one: string, many: string];
  /** The name of each model output: classes, labels or targets. */
  readonly names: readonly string[];
  readonly phases: readonly ReportedPhase[];
  /** The result on the held-out examples; undefined if there are none. */
  readonly evaluation?: Evaluation;
  /** Held-out examples with predictions, in the data's order. */
  readonly examples: readonly EvaluatedExample[];
  /** Whether the data names the held-out examples, instead of a random sample. */
  readonly chosen?: boolean;
  /** Scores on test examples that training did not use, as a clause. */
  readonly test?: string;
  /** How each phase ended, as sentences. */
  readonly outcome?: readonly string[];
  /** The strengths of the penalty that were tried for a fitted head, and the chosen one. */
  readonly path?: readonly { readonly strength: number; readonly loss: number; readonly heldOutLoss: number }[];
  readonly strength?: number;
  /** Scores of simple methods on the same examples, and of the model; `interval` is the 95 % confidence interval. */
  readonly baselines?: readonly {
    readonly name: string;
    readonly score: string;
    readonly interval: string;
    readonly loss: string;
  }[];
  readonly contradictions?: ReportedContradictions;
  /** How unknown inputs are refused, if they are. */
  readonly rejection?: ReportedRejection;
  /** Labels of the training examples. */
  readonly trainingLabels: readonly Label[];
  readonly warnings: readonly string[];
  /** Examples that could not be used. */
  readonly quarantined: readonly { readonly place: string; readonly reason: string }[];
  /** Other facts, such as the network, data, preprocessing and parameters. */
  readonly facts: readonly (readonly [name: string, value: string])[];
  /** The command or call that repeats the run. */
  readonly reproduce?: string;
  /** When training ended. */
  readonly date: Date;
  /** Training time. */
  readonly seconds: number;
}
