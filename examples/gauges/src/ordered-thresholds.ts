import { initialise, Module, weight } from '@graft/layers';
import { concat, cumSum, narrow, type Parameter, softplus, type Tensor } from '@graft/tensor';
import { ordinalLogProbabilities } from './ordinal-log-probabilities.ts';

/** The last layer of an ordinal head: turns a score [batch, 1] into log-probabilities of ordered grades [batch, grades]. */
export class OrderedThresholds extends Module {
  /** The first threshold, then the distances between thresholds before softplus, which keeps the thresholds in order during training. */
  readonly steps: Parameter;
  private readonly counts: readonly number[];

  /** @param counts training examples per grade. The initial thresholds predict their frequencies for a score of 0 */
  constructor(counts: readonly number[]) {
    super();
    if (counts.length < 2) throw new Error(`OrderedThresholds expects two or more grades, got ${counts.length}.`);
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

  /** Increasing thresholds [grades − 1]. */
  thresholds(): Tensor {
    const { value } = this.steps;
    const count = value.shape[0]!;
    return count === 1 ? value : cumSum(concat([narrow(value, 0, 0, 1), softplus(narrow(value, 0, 1, count - 1))]), 0);
  }
}
