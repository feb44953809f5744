import { apply } from '../apply.ts';
import type { NumberArray } from '../dtype.ts';
import type { Op } from '../op.ts';
import { axisOf, type Shape, showShape, sizeOf } from '../spec.ts';
import type { Tensor } from '../tensor.ts';
import { div, exp, log, mul, neg, sub } from './arithmetic.ts';
import { elements } from './elementwise.ts';
import { isNaN } from './comparison.ts';
import { oneHot, where } from './indexing.ts';
import { narrow, reshape } from './movement.ts';
import { full } from '../create.ts';
import { max, sum } from './reduction.ts';
import { stopGradient } from './cast.ts';

/** Calls `visit(start, step, count)` for each row of elements along an axis. */
function forRows(shape: Shape, axis: number, visit: (start: number, step: number, count: number) => void): void {
  const step = sizeOf(shape.slice(axis + 1));
  const count = shape[axis] ?? 1;
  for (let outer = 0; outer < sizeOf(shape.slice(0, axis)); outer++)
    for (let inner = 0; inner < step; inner++) visit(outer * count * step + inner, step, count);
}

/**
 * The largest value of a row, and log Σ exp of the differences from it. They are subtracted one after the other: next to the largest of a row of masked values, such
 * as −1e30, the logarithm would be lost.
 */
function logSumExp(
  values: NumberArray,
  start: number,
  step: number,
  count: number,
): readonly [greatest: number, rest: number] {
  let greatest = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < count; i++) greatest = Math.max(greatest, values[start + i * step]!);
  if (!Number.isFinite(greatest)) return [greatest, 0];
  let total = 0;
  for (let i = 0; i < count; i++) total += Math.exp(values[start + i * step]! - greatest);
  return [greatest, Math.log(total)];
}

/**
 * A row of −∞ alone has no softmax: y is NaN. Its weights count as 0 in the gradient, so a graph that replaces the row with `where` has a finite one;
 * otherwise the loss shows the NaN.
 */
function withoutNaN(weights: Tensor, y: Tensor, axis: number): Tensor {
  return y.shape[axis] ? where(isNaN(narrow(y, axis, 0, 1)), full([], 0, weights), weights) : weights;
}

/** Softmax along an axis. */
export const Softmax: Op<{ axis: number }> = {
  name: 'softmax',
  infer: ([x]) => ({ shape: x!.shape, dtype: x!.dtype }),
  reference([x], { axis }, out) {
    const [from, to] = [elements(x!), elements(out)];
    forRows(x!.shape, axis, (start, step, count) => {
      const [greatest, rest] = logSumExp(from, start, step, count);
      for (let i = 0; i < count; i++) to[start + i * step] = Math.exp(from[start + i * step]! - greatest - rest);
    });
  },
  decompose([x], { axis }) {
    const powers = exp(sub(x!, stopGradient(max(x!, axis, true))));
    return div(powers, sum(powers, axis, true));
  },
  gradient: {
    uses: ['output'],
    rules: [
      (g, { output, attrs: { axis } }) => {
        const y = withoutNaN(output, output, axis);
        const gy = mul(g, y);
        return sub(gy, mul(y, sum(gy, axis, true)));
      },
    ],
  },
};

/** The logarithm of {@link Softmax}, without rounding small probabilities to 0. */
export const LogSoftmax: Op<{ axis: number }> = {
  name: 'logSoftmax',
  infer: ([x]) => ({ shape: x!.shape, dtype: x!.dtype }),
  reference([x], { axis }, out) {
    const [from, to] = [elements(x!), elements(out)];
    forRows(x!.shape, axis, (start, step, count) => {
      const [greatest, rest] = logSumExp(from, start, step, count);
      for (let i = 0; i < count; i++) to[start + i * step] = from[start + i * step]! - greatest - rest;
    });
  },
  decompose([x], { axis }) {
    const shifted = sub(x!, stopGradient(max(x!, axis, true)));
    return sub(shifted, log(sum(exp(shifted), axis, true)));
  },
  gradient: {
    uses: ['output'],
    rules: [(g, { output: y, attrs: { axis } }) => sub(g, mul(withoutNaN(exp(y), y, axis), sum(g, axis, true)))],
  },
};

/** Cross-entropy of each sample: logits [batch, classes], targets int32 [batch] → [batch]. */
export const SoftmaxCrossEntropy: Op = {
  name: 'softmaxCrossEntropy',
  infer([logits, targets]) {
    if (logits!.shape.length !== 2 || targets!.shape.length !== 1 || targets!.shape[0] !== logits!.shape[0])
      throw new Error(
        `softmaxCrossEntropy expects logits [batch, classes] and targets [batch], got ${showShape(logits!.shape)} and ${showShape(targets!.shape)}.`,
      );
    return { shape: targets!.shape, dtype: logits!.dtype };
  },
  reference([logits, targets], _, out) {
    const [from, to] = [elements(logits!), elements(out)];
    const classes = logits!.shape[1]!;
    for (let n = 0; n < to.length; n++) {
      const [greatest, rest] = logSumExp(from, n * classes, 1, classes);
      to[n] = greatest - from[n * classes + classOf(targets!.data[n]!, classes, n)]! + rest;
    }
  },
  decompose: ([logits, targets]) =>
    neg(sum(mul(logSoftmax(logits!, 1), oneHot(targets!, logits!.shape[1]!, logits!)), 1)),
  gradient: {
    uses: [0, 1],
    rules: [
      (g, { inputs: [logits, targets] }) => apply(SoftmaxCrossEntropyGrad, [g, logits!, targets!], undefined),
      null,
    ],
  },
};
/** (softmax − one-hot) · g, row by row. Inputs: g, logits, labels. */
export const SoftmaxCrossEntropyGrad: Op = {
  name: 'softmaxCrossEntropyGrad',
  infer: ([, logits]) => ({ shape: logits!.shape, dtype: logits!.dtype }),
  reference([g, logits, targets], _, out) {
    const [grad, from, to] = [elements(g!), elements(logits!), elements(out)];
    const classes = logits!.shape[1]!;
    for (let n = 0; n < grad.length; n++) {
      const [greatest, rest] = logSumExp(from, n * classes, 1, classes);
      const target = classOf(targets!.data[n]!, classes, n);
      for (let k = 0; k < classes; k++)
        to[n * classes + k] = grad[n]! * (Math.exp(from[n * classes + k]! - greatest - rest) - (k === target ? 1 : 0));
    }
  },
  decompose: ([g, logits, targets]) =>
    mul(reshape(g!, [-1, 1]), sub(softmax(logits!, 1), oneHot(targets!, logits!.shape[1]!, logits!))),
};

function classOf(target: number | bigint, classes: number, sample: number): number {
  const own = Number(target);
  if (!(own >= 0 && own < classes))
    throw new Error(
      `Sample ${sample} of the batch has class ${own}, but the model has ${classes} classes (0 to ${classes - 1}).`,
    );
  return own;
}

/** Softmax along an axis: eˣ divided by its sum. */
export const softmax = (x: Tensor, axis = -1): Tensor => apply(Softmax, [x], { axis: axisOf(axis, x.rank) });
/** The logarithm of the softmax along an axis. */
export const logSoftmax = (x: Tensor, axis = -1): Tensor => apply(LogSoftmax, [x], { axis: axisOf(axis, x.rank) });
/** Cross-entropy of each sample: logits [batch, classes], class indices [batch] → [batch]. */
export const softmaxCrossEntropy = (logits: Tensor, targets: Tensor): Tensor =>
  apply(SoftmaxCrossEntropy, [logits, targets], undefined);
