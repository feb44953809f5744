import { showShape } from '@graft/tensor';
import type { Outputs } from '../metric.ts';
import { classesOf, eachAnswer } from './each-answer.ts';

/** Scores of one class against all others. */
export interface ClassScores {
  /** Fraction of predictions of this class that are correct. */
  readonly precision: number;
  /** Fraction of samples of this class that are predicted correctly. */
  readonly recall: number;
  /** Harmonic mean of precision and recall, which equals the Dice coefficient. */
  readonly f1: number;
  /** Intersection over union: correct predictions divided by all samples that are of this class or predicted as it. */
  readonly iou: number;
  readonly samples: number;
}

/** Counts predictions for each true class: rows are true classes, columns predictions. Takes memory for the pairs that occur, so classes may be many. */
export class ConfusionMatrix {
  readonly classes: number;
  /** By truth * classes + answer. */
  readonly #counts = new Map<number, number>();
  readonly #hits: Float64Array;
  readonly #answers: Float64Array;
  readonly #samples: Float64Array;

  constructor(classes: number) {
    this.classes = classes;
    this.#hits = new Float64Array(classes);
    this.#answers = new Float64Array(classes);
    this.#samples = new Float64Array(classes);
  }

  /**
   * Adds a batch: outputs [batch, classes, ...], true classes [batch, ...]. With a single logit, values above 0 mean class 1.
   * @throws if the outputs have a different number of classes, or the targets do not match the outputs
   */
  add(outputs: Outputs, targets: ArrayLike<number>, ignoreIndex?: number): void {
    if (classesOf(outputs) !== this.classes)
      throw new Error(
        `ConfusionMatrix was created for ${this.classes} classes, but outputs ${showShape(outputs.shape)} have ${classesOf(outputs)}. Create it with the model's number of classes.`,
      );
    eachAnswer(outputs, targets, (logits, target) => this.count(target, bestOf(logits)), ignoreIndex);
  }

  /** Adds samples of one true class with one prediction. */
  count(truth: number, answer: number, samples = 1): void {
    const key = truth * this.classes + answer;
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + samples);
    this.#samples[truth]! += samples;
    this.#answers[answer]! += samples;
    if (truth === answer) this.#hits[truth]! += samples;
  }

  at(truth: number, answer: number): number {
    return this.#counts.get(truth * this.classes + answer) ?? 0;
  }

  /** How often a class is predicted. */
  answers(answer: number): number {
    return this.#answers[answer]!;
  }

  /** The pairs that occur, in no particular order. */
  *entries(): Generator<readonly [truth: number, answer: number, samples: number], void, undefined> {
    for (const [key, samples] of this.#counts) yield [Math.floor(key / this.classes), key % this.classes, samples];
  }

  /** The scores of each class. */
  perClass(): ClassScores[] {
    return Array.from({ length: this.classes }, (_, k) => scores(this.#hits[k]!, this.#answers[k]!, this.#samples[k]!));
  }

  /** Scores with the counts of all classes pooled: precision, recall and F1 all equal the accuracy. */
  overall(): ClassScores {
    const sum = (values: Float64Array): number => values.reduce((a, b) => a + b, 0);
    return scores(sum(this.#hits), sum(this.#answers), sum(this.#samples));
  }
}

function scores(hits: number, answered: number, samples: number): ClassScores {
  const share = (part: number, whole: number): number => (whole ? part / whole : 0);
  return {
    precision: share(hits, answered),
    recall: share(hits, samples),
    f1: share(2 * hits, answered + samples),
    iou: share(hits, answered + samples - hits),
    samples,
  };
}

/** Index of the greatest value; the first one if several are equal. */
export function bestOf(values: ArrayLike<number>): number {
  let best = 0;
  for (let k = 1; k < values.length; k++) if (values[k]! > values[best]!) best = k;
  return best;
}
