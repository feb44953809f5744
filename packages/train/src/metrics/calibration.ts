import type { Metric, Outputs } from '../metric.ts';
import { bestOf } from './confusion-matrix.ts';
import { eachAnswer, softmax } from './each-answer.ts';

/** Predictions of similar confidence: one bar of a reliability diagram. */
export interface ReliabilityBin {
  /** Confidences in (from, to]. */
  readonly from: number;
  readonly to: number;
  readonly samples: number;
  /** Mean confidence of the predictions, and the fraction that is correct. */
  readonly confidence: number;
  readonly accuracy: number;
}

/** Compares a model's confidence with its accuracy (Guo et al. 2017). */
export class Calibration {
  readonly #sums: { samples: number; confidence: number; right: number }[];

  constructor({ bins = 15 }: { bins?: number } = {}) {
    if (!(Number.isInteger(bins) && bins >= 1)) throw new Error(`Calibration expects 1 or more bins, got ${bins}.`);
    this.#sums = Array.from({ length: bins }, () => ({ samples: 0, confidence: 0, right: 0 }));
  }

  /** Adds a batch: logits [batch, classes, ...], true classes [batch, ...]. */
  add(outputs: Outputs, targets: ArrayLike<number>): void {
    eachAnswer(outputs, targets, (logits, target) => {
      const answer = bestOf(logits);
      const confidence = softmax(logits)[answer]!;
      const bin =
        this.#sums[Math.min(Math.max(Math.ceil(confidence * this.#sums.length) - 1, 0), this.#sums.length - 1)];
      if (!bin) return; // NaN has no bin
      bin.samples++;
      bin.confidence += confidence;
      if (answer === target) bin.right++;
    });
  }

  /** Returns the accumulated state as plain JSON. */
  save(): unknown {
    return this.#sums.map((bin) => ({ ...bin }));
  }

  /** Restores what `save` returned. */
  restore(saved: unknown): void {
    for (const [i, bin] of (saved as object[]).entries()) Object.assign(this.#sums[i]!, bin);
  }

  /** The bars of a reliability diagram, lowest confidence first. Empty bins have NaN as confidence and accuracy. */
  bins(): ReliabilityBin[] {
    return this.#sums.map(({ samples, confidence, right }, i, { length }) => ({
      from: i / length,
      to: (i + 1) / length,
      samples,
      confidence: confidence / samples,
      accuracy: right / samples,
    }));
  }

  /** Expected calibration error: the mean gap between confidence and accuracy, weighted by the samples in each bin. */
  error(): number {
    const bins = this.bins().filter(({ samples }) => samples > 0);
    const total = bins.reduce((sum, { samples }) => sum + samples, 0);
    return total
      ? bins.reduce((sum, { samples, confidence, accuracy }) => sum + samples * Math.abs(confidence - accuracy), 0) /
          total
      : Number.NaN;
  }
}

/** Expected calibration error, from 0 (confidence equals accuracy) to 1; see {@link Calibration}. */
export const expectedCalibrationError = ({
  bins = 15,
}: { readonly bins?: number } = {}): Metric<'expectedCalibrationError'> => {
  if (!(Number.isInteger(bins) && bins >= 1))
    throw new Error(`expectedCalibrationError expects 1 or more bins, got ${bins}.`);
  return {
    name: 'expectedCalibrationError',
    greaterIsBetter: false,
    start() {
      const calibration = new Calibration({ bins });
      return {
        add: (outputs, targets) => calibration.add(outputs, targets),
        result: () => calibration.error(),
        save: () => calibration.save(),
        restore: (saved) => calibration.restore(saved),
      };
    },
  };
};
