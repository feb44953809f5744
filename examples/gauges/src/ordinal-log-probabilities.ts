import {
  add,
  apply,
  type Call,
  div,
  elements,
  exp,
  mul,
  narrow,
  neg,
  type Op,
  pad,
  showShape,
  sigmoid,
  sub,
  sum,
  type Tensor,
} from '@graft/tensor';

/**
 * Log-probabilities of ordered grades from one score per example and increasing thresholds between the grades: P(grade ≤ k) = σ(threshold k − score),
 * the proportional odds model (McCullagh 1980). Shapes: [batch, 1] and [grades − 1] → [batch, grades].
 */
export const OrdinalLogProbabilities: Op = {
  name: 'ordinalLogProbabilities',
  infer([score, thresholds]) {
    if (score?.shape.length !== 2 || score.shape[1] !== 1 || thresholds?.shape.length !== 1 || !thresholds.shape[0])
      throw new Error(
        `ordinalLogProbabilities expects scores [batch, 1] and thresholds [grades - 1], got ${showShape(score!.shape)} and ${showShape(thresholds!.shape)}.`,
      );
    return { shape: [score.shape[0]!, thresholds.shape[0] + 1], dtype: score.dtype };
  },
  // log(σ(b) − σ(a)) = log σ(b) + log σ(−a) + log(1 − exp(a − b)) avoids cancellation.
  reference([score, thresholds], _, out) {
    const [scores, between, values] = [elements(score!), elements(thresholds!), elements(out)];
    const grades = between.length + 1;
    for (let n = 0; n < scores.length; n++)
      for (let k = 0; k < grades; k++) {
        const [lower, upper] = [between[k - 1], between[k]];
        values[n * grades + k] =
          (upper === undefined ? 0 : -softplus(scores[n]! - upper)) +
          (lower === undefined ? 0 : -softplus(lower - scores[n]!)) +
          (upper === undefined || lower === undefined ? 0 : logOfGap(upper - lower));
      }
  },
  gradient: {
    uses: [0, 1],
    rules: [
      (g, call) => neg(sum(slopes(g, call), 1, true)),
      (g, call) => {
        const [, thresholds] = call.inputs;
        const shared = sum(slopes(g, call), 0);
        const gaps = thresholds!.shape[0]! - 1;
        if (gaps === 0) return shared;
        // d log(1 − exp(−gap)) / d gap = 1 / (exp(gap) − 1)
        const gap = sub(narrow(thresholds!, 0, 1, gaps), narrow(thresholds!, 0, 0, gaps));
        const slope = div(narrow(sum(g, 0), 0, 1, gaps), sub(exp(gap), 1));
        return add(shared, sub(pad(slope, [1], [0]), pad(slope, [0], [1])));
      },
    ],
  },
};

/** Gradients with respect to threshold − score [batch, grades − 1], without the terms of the gaps. Both rules use them. */
const slopes = (g: Tensor, call: Call<void>): Tensor =>
  call.once('slopes', () => {
    const [score, thresholds] = call.inputs;
    const count = thresholds!.shape[0]!;
    const [below, above] = [narrow(g, 1, 0, count), narrow(g, 1, 1, count)];
    return sub(below, mul(sigmoid(sub(thresholds!, score!)), add(below, above)));
  });

/** Applies {@link OrdinalLogProbabilities} to scores [batch, 1] and thresholds [grades − 1]. */
export const ordinalLogProbabilities = (score: Tensor, thresholds: Tensor): Tensor =>
  apply(OrdinalLogProbabilities, [score, thresholds], undefined);

const softplus = (x: number): number => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));

/** log(1 − exp(−gap)) for a positive gap. */
export const logOfGap = (gap: number): number => Math.log(-Math.expm1(-gap));
