import type { Metric, Outputs } from '../metric.ts';
import { bestOf } from './confusion-matrix.ts';
import { eachAnswer, softmax } from './each-answer.ts';

/** Answers of about one confidence: a bar of a reliability diagram. */
export interface ReliabilityBin {
  /** Its confidences are above `from`, up to `to`. */
  readonly from: number;
  readonly to: number;
  readonly samples: number;
  /** Mean probability of the answers, and how many of them are right. */
  readonly confidence: number;
  readonly accuracy: number;
}

/** Whether a model is right as often as it is sure (Guo et al. 2017). */
export class Calibration {
  readonly #sums: { samples: number; confidence: number; right: number }[];

  constructor({ bins = 15 }: { bins?: number } = {}) {
    if (!(Number.isInteger(bins) && bins >= 1))
      throw new Error(`Calibration wants a number of bins, 1 or more, got ${bins}.`);
    this.#sums = Array.from({ length: bins }, () => ({ samples: 0, confidence: 0, right: 0 }));
  }

  /** Counts a batch: logits [batch, classes, ...], true classes [batch, ...]. */
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

  /** What it has counted, as plain JSON. */
  save(): unknown {
    return this.#sums.map((bin) => ({ ...bin }));
  }

  /** Takes what `save` gave. */
  restore(saved: unknown): void {
    for (const [i, bin] of (saved as object[]).entries()) Object.assign(this.#sums[i]!, bin);
  }

  /** The bars of a reliability diagram, the least confident first; those without samples hold NaN. */
  bins(): ReliabilityBin[] {
    return this.#sums.map(({ samples, confidence, right }, i, { length }) => ({
      from: i / length,
      to: (i + 1) / length,
      samples,
      confidence: confidence / samples,
      accuracy: right / samples,
    }));
  }

  /** Mean distance of confidence from accuracy, bins weighted by their samples. */
  error(): number {
    const bins = this.bins().filter(({ samples }) => samples > 0);
    const total = bins.reduce((sum, { samples }) => sum + samples, 0);
    return total
      ? bins.reduce((sum, { samples, confidence, accuracy }) => sum + samples * Math.abs(confidence - accuracy), 0) /
          total
      : Number.NaN;
  }
}

/** Expected calibration error of {@link Calibration}, from 0 (sure as often as right) to 1. */
export const expectedCalibrationError = ({
  bins = 15,
}: { readonly bins?: number } = {}): Metric<'expectedCalibrationError'> => {
  if (!(Number.isInteger(bins) && bins >= 1))
    throw new Error(`expectedCalibrationError wants a number of bins, 1 or more, got ${bins}.`);
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
