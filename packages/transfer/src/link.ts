/** How a linear model's outputs are scored: `softmax` for one class per example, `sigmoid` for independent labels, `identity` for numbers. */
export type Link = 'softmax' | 'sigmoid' | 'identity';

/** An upper bound of the second derivative of each link's loss with respect to an output (Böhning 1992 for softmax). */
export const curvatureOf: Readonly<Record<Link, number>> = { softmax: 0.5, sigmoid: 0.25, identity: 1 };

/**
 * The loss of one example, and its derivative with respect to each output. Softmax: cross-entropy in nats. Sigmoid: the sum of binary cross-entropies.
 * Identity: half the sum of squared errors.
 * @param outputs the outputs of all examples; those of this one start at `from`
 * @param target the class, or the index of its first target in `targets`
 * @param slope receives the derivatives, from the same index
 */
export type LinkLoss = (
  outputs: ArrayLike<number>,
  from: number,
  count: number,
  target: ArrayLike<number>,
  slope: { [index: number]: number },
) => number;

/**
 * How much the loss of an example grows if its target is smoothed: a share of it is spread evenly over all classes, or halfway to the other label.
 */
export const smoothingCosts: Readonly<
  Record<Link, (outputs: ArrayLike<number>, count: number, target: ArrayLike<number>, share: number) => number>
> = {
  softmax(outputs, count, target, share) {
    let sum = 0;
    for (let k = 0; k < count; k++) sum += outputs[k]!;
    return share * (outputs[target[0]!]! - sum / count);
  },
  sigmoid(outputs, count, target, share) {
    let sum = 0;
    for (let k = 0; k < count; k++) sum += outputs[k]! * (target[k]! - 0.5);
    return share * sum;
  },
  identity: () => 0,
};

export const linkLosses: Readonly<Record<Link, LinkLoss>> = {
  softmax(outputs, from, count, target, slope) {
    const label = target[0]!;
    let greatest = -Infinity;
    for (let k = 0; k < count; k++) greatest = Math.max(greatest, outputs[from + k]!);
    let sum = 0;
    for (let k = 0; k < count; k++) sum += slope[from + k] = Math.exp(outputs[from + k]! - greatest);
    for (let k = 0; k < count; k++) slope[from + k]! /= sum;
    slope[from + label]! -= 1;
    return Math.log(sum) + greatest - outputs[from + label]!;
  },
  sigmoid(outputs, from, count, target, slope) {
    let loss = 0;
    for (let k = 0; k < count; k++) {
      const z = outputs[from + k]!;
      const small = Math.exp(-Math.abs(z));
      slope[from + k] = (z >= 0 ? 1 : small) / (1 + small) - target[k]!;
      loss += Math.log1p(small) + Math.max(z, 0) - z * target[k]!;
    }
    return loss;
  },
  identity(outputs, from, count, target, slope) {
    let loss = 0;
    for (let k = 0; k < count; k++) {
      const error = outputs[from + k]! - target[k]!;
      slope[from + k] = error;
      loss += error ** 2 / 2;
    }
    return loss;
  },
};
