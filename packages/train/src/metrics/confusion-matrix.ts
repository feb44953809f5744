import type { Outputs } from '../metric.ts';

/** How often each class was taken for each: rows are true classes, columns answers. */
export class ConfusionMatrix {
  readonly counts: Uint32Array;
  readonly classes: number;

  constructor(classes: number) {
    this.classes = classes;
    this.counts = new Uint32Array(classes * classes);
  }

  add({ values, shape: [batch, classes] }: Outputs, targets: ArrayLike<number>): void {
    for (let n = 0; n < batch!; n++) this.counts[targets[n]! * this.classes + bestOf(values.subarray(n * classes!, (n + 1) * classes!))]!++;
  }

  at(truth: number, answer: number): number {
    return this.counts[truth * this.classes + answer]!;
  }

  /** For each class: share of its answers that are right, share of its samples that are found, and their harmonic mean. */
  perClass(): { precision: number; recall: number; f1: number; samples: number }[] {
    return Array.from({ length: this.classes }, (_, k) => {
      const sum = (pick: (other: number) => number): number => Array.from({ length: this.classes }, (_, i) => pick(i)).reduce((a, b) => a + b, 0);
      const [hits, answered, samples] = [this.at(k, k), sum((i) => this.at(i, k)), sum((i) => this.at(k, i))];
      const [precision, recall] = [answered ? hits / answered : 0, samples ? hits / samples : 0];
      return { precision, recall, f1: precision + recall ? (2 * precision * recall) / (precision + recall) : 0, samples };
    });
  }
}

/** Index of the first greatest value. */
export function bestOf(values: ArrayLike<number>): number {
  let best = 0;
  for (let k = 1; k < values.length; k++) if (values[k]! > values[best]!) best = k;
  return best;
}
