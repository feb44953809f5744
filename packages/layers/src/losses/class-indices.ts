import { axesOf, cast, reshape, sameShape, showShape, type Tensor, tensor, transpose } from '@graft/tensor';

/** Logits [batch, classes, ...] as rows [samples, classes], one for each place. */
export function logitRows(logits: Tensor): Tensor {
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
    throw new Error(`${loss} wants logits [batch, classes, ...] and class indices [batch, ...], got ${showShape(logits.shape)} and ${showShape(targets.shape)}.`);
  return cast(targets.rank === 1 ? targets : reshape(targets, [-1]), 'int32');
}

/**
 * One weight for each class, as a tensor beside the rows of logits.
 * @throws where there are more or fewer weights than classes
 */
export function classWeights(loss: string, weights: readonly number[], { shape: [, classes], dtype, backend }: Tensor): Tensor {
  if (weights.length !== classes) throw new Error(`${loss} has ${weights.length} class weights, but the model has ${classes} classes. Give one for each class.`);
  return tensor(weights, { dtype, backend });
}

/** Refuses class weights below 0. */
export function checkWeights(loss: string, weights: readonly number[] | undefined): void {
  for (const [k, weight] of (weights ?? []).entries()) if (!(weight >= 0)) throw new Error(`${loss} wants class weights of 0 or more, got ${weight} for class ${k}.`);
}
