import { initialise, Module, weight } from '@graft/layers';
import { concat, cumSum, narrow, type Parameter, softplus, type Tensor } from '@graft/tensor';
import { ordinalLogProbabilities } from './ordinal-log-probabilities.ts';

/** Ends a head that gives one score: [batch, 1] becomes log-probabilities of ordered grades [batch, grades]. */
export class OrderedThresholds extends Module {
  /** The first threshold, then what softplus makes the distance to the next one of: they stay in order whatever is learned. */
  readonly steps: Parameter;
  private readonly counts: readonly number[];

  /** @param counts of training examples of each grade: thresholds start where a score of 0 predicts their shares */
  constructor(counts: readonly number[]) {
    super();
    if (counts.length < 2) throw new Error(`Grades are two or more, got ${counts.length}.`);
    this.counts = counts;
    this.steps = weight([counts.length - 1]);
    this.reset();
  }

  override reset(): void {
    const smoothed = this.counts.map((count) => count + 1);
    const all = smoothed.reduce((a, b) => a + b);
    let below = 0;
    const thresholds = smoothed.slice(0, -1).map((count) => Math.log((below += count) / (all - below)));
    initialise(this.steps, () =>
      Float32Array.from(thresholds, (threshold, k) =>
        k === 0 ? threshold : Math.log(Math.expm1(threshold - thresholds[k - 1]!)),
      ),
    );
  }

  override forward(score: Tensor): Tensor {
    return ordinalLogProbabilities(score, this.thresholds());
  }

  /** Rising: [grades − 1]. */
  thresholds(): Tensor {
    const { value } = this.steps;
    const count = value.shape[0]!;
    return count === 1 ? value : cumSum(concat([narrow(value, 0, 0, 1), softplus(narrow(value, 0, 1, count - 1))]), 0);
  }
}
