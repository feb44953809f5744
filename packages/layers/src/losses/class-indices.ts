import {
  add,
  and,
  axesOf,
  cast,
  equal,
  greaterEqual,
  less,
  min,
  or,
  reshape,
  sameShape,
  showShape,
  sqrt,
  sub,
  type Tensor,
  tensor,
  transpose,
  upload,
} from '@graft/tensor';
import { checkOutput } from './check-output.ts';

/**
 * Logits [batch, classes, ...] as rows [samples, classes], one for each place.
 * @throws if the shape does not match
 */
export function logitRows(loss: string, logits: Tensor): Tensor {
  checkOutput(loss, logits);
  if (logits.rank < 2) throw new Error(`${loss} expects logits [batch, classes, ...], got ${showShape(logits.shape)}.`);
  if (logits.rank === 2) return logits;
  const [batch, channel, ...places] = axesOf(undefined, logits.rank);
  return reshape(transpose(logits, [batch!, ...places, channel!]), [-1, logits.shape[1]!]);
}

/**
 * Logits [batch, classes, ...] as rows [samples, classes], and class indices [batch, ...] as int32 [samples]. On a device
 * whose memory the host cannot read, invalid classes make the logits and the loss NaN.
 * @param ignored an index to ignore
 * @throws if the shapes do not match, or, when the host can read the indices, a class is out of range; the error names the first such sample
 */
export function classRows(
  loss: string,
  logits: Tensor,
  targets: Tensor,
  ignored?: number,
): { rows: Tensor; indices: Tensor } {
  const rows = logitRows(loss, logits);
  const [batch, , ...places] = logits.shape;
  if (logits.rank < 2 || !sameShape(targets.shape, [batch!, ...places]))
    throw new Error(
      `${loss} expects logits [batch, classes, ...] and class indices [batch, ...], got ${showShape(logits.shape)} and ${showShape(targets.shape)}.`,
    );
  const indices = cast(targets.rank === 1 ? targets : reshape(targets, [-1]), 'int32');
  if (indices.backend.view) {
    checkClasses(indices, rows.shape[1]!, ignored);
    return { rows, indices: upload(indices, rows.backend) };
  }
  return {
    rows: indices.backend.trace ? rows : add(rows, notANumberUnless(known(indices, rows.shape[1]!, ignored), rows)),
    indices,
  };
}

function checkClasses(indices: Tensor, classes: number, ignored: number | undefined): void {
  const values = indices.backend.view!(indices.data, indices) as Int32Array;
  const wrong = values.findIndex((value) => !(value >= 0 && value < classes) && value !== ignored);
  if (wrong >= 0)
    throw new Error(
      `Sample ${wrong} of the batch has class ${values[wrong]}, but the model has ${classes} classes (0 to ${classes - 1}).`,
    );
}

/** Which indices are valid classes or ignored. */
function known(indices: Tensor, classes: number, ignored: number | undefined): Tensor {
  const inside = and(greaterEqual(indices, 0), less(indices, classes));
  return ignored === undefined ? inside : or(inside, equal(indices, ignored));
}

/** 0 if all are true, otherwise NaN (the square root of a negative number). */
const notANumberUnless = (all: Tensor, { dtype }: Tensor): Tensor => sqrt(sub(min(cast(all, dtype)), 1));

/**
 * Class weights as a tensor on the logits' backend.
 * @throws if the number of weights differs from the number of classes
 */
export function classWeights(
  loss: string,
  weights: readonly number[],
  { shape: [, classes], dtype, backend }: Tensor,
): Tensor {
  if (weights.length !== classes)
    throw new Error(
      `${loss} has ${weights.length} class weights, but the model has ${classes} classes. Give one for each class.`,
    );
  return tensor(weights, { dtype, backend });
}

/** Rejects negative class weights. */
export function checkWeights(loss: string, weights: readonly number[] | undefined): void {
  for (const [k, weight] of (weights ?? []).entries())
    if (!(weight >= 0)) throw new Error(`${loss} expects class weights of 0 or more, got ${weight} for class ${k}.`);
}
