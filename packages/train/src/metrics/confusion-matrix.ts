import { showShape } from '@graft/tensor';
import type { Outputs } from '../metric.ts';
import { classesOf, eachAnswer } from './each-answer.ts';

/** How well one class is told from the others. */
export interface ClassScores {
  /** Share of its answers that are right. */
  readonly precision: number;
  /** Share of its samples that are found. */
  readonly recall: number;
  /** Their harmonic mean, which is Dice's coefficient. */
  readonly f1: number;
  /** Hits, divided by all samples that are of the class or were taken for it. */
  readonly iou: number;
  readonly samples: number;
}

/** How often each class was taken for each: rows are true classes, columns answers. */
export class ConfusionMatrix {
  readonly counts: Uint32Array;
  readonly classes: number;

  constructor(classes: number) {
    this.classes = classes;
    this.counts = new Uint32Array(classes * classes);
  }

  /**
   * Counts a batch: outputs [batch, classes, ...], true classes [batch, ...]; a single logit above 0 is class 1.
   * @throws where the outputs have another number of classes, or the targets do not fit
   */
  add(outputs: Outputs, targets: ArrayLike<number>, ignoreIndex?: number): void {
    if (classesOf(outputs) !== this.classes)
      throw new Error(
        `A confusion matrix of ${this.classes} classes got outputs ${showShape(outputs.shape)} of ${classesOf(outputs)}. Give it the number of classes that the model has.`,
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

  /** The scores of all classes as one: hits and misses summed, so that precision, recall and F1 are the share of right answers. */
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

/** Index of the first greatest value. */
export function bestOf(values: ArrayLike<number>): number {
  let best = 0;
  for (let k = 1; k < values.length; k++) if (values[k]! > values[best]!) best = k;
  return best;
}
