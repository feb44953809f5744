import { axesOf, cast, reshape, sameShape, showShape, type Tensor, tensor, toNumbers, transpose } from '@graft/tensor';
import { wantOutput } from './want-output.ts';

/**
 * Logits [batch, classes, ...] as rows [samples, classes], one for each place.
 * @throws where they are something else
 */
export function logitRows(loss: string, logits: Tensor): Tensor {
  wantOutput(loss, logits);
  if (logits.rank < 2) throw new Error(`${loss} wants logits [batch, classes, ...], got ${showShape(logits.shape)}.`);
  if (logits.rank === 2) return logits;
  const [batch, channel, ...places] = axesOf(undefined, logits.rank);
  return reshape(transpose(logits, [batch!, ...places, channel!]), [-1, logits.shape[1]!]);
}

/**
 * Class indices [batch, ...] as int32 [samples], for logits [batch, classes, ...].
 * @throws where the shapes do not fit
 */
export function classIndices(loss: string, logits: Tensor, targets: Tensor): Tensor {
  const [batch, , ...places] = logits.shape;
  if (logits.rank < 2 || !sameShape(targets.shape, [batch!, ...places]))
    throw new Error(
      `${loss} wants logits [batch, classes, ...] and class indices [batch, ...], got ${showShape(logits.shape)} and ${showShape(targets.shape)}.`,
    );
  return cast(targets.rank === 1 ? targets : reshape(targets, [-1]), 'int32');
}

/**
 * The same class indices, where a model has them all.
 * @throws with the first sample whose class it does not have
 */
export function knownClasses(indices: Tensor, classes: number): Tensor {
  const values = indices.backend.view ? toNumbers(indices.backend.view(indices.data, indices), indices.dtype) : [];
  const wrong = values.findIndex((value) => !(value >= 0 && value < classes));
  if (wrong >= 0)
    throw new Error(
      `Sample ${wrong} of the batch has class ${values[wrong]}, but the model has ${classes} classes (0 to ${classes - 1}).`,
    );
  return indices;
}

/**
 * One weight for each class, as a tensor beside the rows of logits.
 * @throws where there are more or fewer weights than classes
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

/** Refuses class weights below 0. */
export function checkWeights(loss: string, weights: readonly number[] | undefined): void {
  for (const [k, weight] of (weights ?? []).entries())
    if (!(weight >= 0)) throw new Error(`${loss} wants class weights of 0 or more, got ${weight} for class ${k}.`);
}
