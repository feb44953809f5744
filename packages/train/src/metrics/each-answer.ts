import { showShape, sizeOf } from '@graft/tensor';
import type { Outputs } from '../metric.ts';

/** Number of classes of a model's outputs; a single logit is a binary classifier. */
export const classesOf = ({ shape }: Outputs): number => Math.max(2, shape[1] ?? 1);

/**
 * Calls `visit` with the logits and true class of each position: outputs [batch, classes, ...], targets [batch, ...]. A single binary logit becomes [0, logit].
 * @param visit receives the same array each time and may overwrite it
 * @throws if the targets do not match the outputs
 */
export function eachAnswer(
  outputs: Outputs,
  targets: ArrayLike<number>,
  visit: (logits: Float64Array, target: number) => void,
  ignoreIndex?: number,
): void {
  const { values, shape } = outputs;
  const [batch = 0, channels = 1] = shape;
  const places = sizeOf(shape.slice(2));
  const classes = classesOf(outputs);
  if (targets.length !== batch * places)
    throw new Error(
      `Outputs ${showShape(shape)} need ${batch * places} class indices, one per position, got ${targets.length}.`,
    );
  const logits = new Float64Array(classes);
  for (let n = 0; n < targets.length; n++) {
    const target = targets[n]!;
    if (target === ignoreIndex) continue;
    if (!(Number.isInteger(target) && target >= 0 && target < classes))
      throw new Error(
        `Sample ${Math.floor(n / places)} of the batch has class ${target}, but the model has ${classes} classes (0 to ${classes - 1}).`,
      );
    const start = Math.floor(n / places) * channels * places + (n % places);
    logits[0] = 0; // `visit` may have overwritten it
    for (let k = 0; k < channels; k++) logits[classes - channels + k] = values[start + k * places]!;
    visit(logits, target);
  }
}

/** Softmax of logits, in place. */
export function softmax(logits: Float64Array): Float64Array {
  const greatest = Math.max(...logits);
  let total = 0;
  for (let k = 0; k < logits.length; k++) total += logits[k] = Math.exp(logits[k]! - greatest);
  for (let k = 0; k < logits.length; k++) logits[k]! /= total;
  return logits;
}
