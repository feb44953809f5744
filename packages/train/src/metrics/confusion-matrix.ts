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

/** Counts predictions for each true class: rows are true classes, columns predictions. */
export class ConfusionMatrix {
  readonly counts: Uint32Array;
  readonly classes: number;

  constructor(classes: number) {
    this.classes = classes;
    this.counts = new Uint32Array(classes * classes);
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
    eachAnswer(
      outputs,
      targets,
      (logits, target) => void this.counts[target * this.classes + bestOf(logits)]!++,
      ignoreIndex,
    );
  }

  at(truth: number, answer: number): number {
    return this.counts[truth * this.classes + answer]!;
  }

  /** The scores of each class. */
  perClass(): ClassScores[] {
    return Array.from({ length: this.classes }, (_, k) => this.#scores(k, k + 1));
  }

  /** Scores with the counts of all classes pooled: precision, recall and F1 all equal the accuracy. */
  overall(): ClassScores {
    return this.#scores(0, this.classes);
  }

  #scores(from: number, to: number): ClassScores {
    let [hits, answered, samples] = [0, 0, 0];
    for (let k = from; k < to; k++) {
      hits += this.at(k, k);
      for (let i = 0; i < this.classes; i++) {
        answered += this.at(i, k);
        samples += this.at(k, i);
      }
    }
    const share = (part: number, whole: number): number => (whole ? part / whole : 0);
    return {
      precision: share(hits, answered),
      recall: share(hits, samples),
      f1: share(2 * hits, answered + samples),
      iou: share(hits, answered + samples - hits),
      samples,
    };
  }
}

/** Index of the greatest value; the first one if several are equal. */
export function bestOf(values: ArrayLike<number>): number {
  let best = 0;
  for (let k = 1; k < values.length; k++) if (values[k]! > values[best]!) best = k;
  return best;
}
