import { add, div, maximum, mul, narrow, showShape, sqrt, square, squeeze, sub, sum, type Tensor } from '@graft/tensor';

/**
 * Splits [batch, count, features] into `count` embeddings of [batch, features].
 * @throws if the output has another shape
 */
export function parts(loss: string, output: Tensor, count: number): Tensor[] {
  if (output.rank !== 3 || output.shape[1] !== count)
    throw new Error(
      `${loss} expects embeddings [batch, ${count}, features], got ${showShape(output.shape)}. Stack the ${count} embeddings of a sample on axis 1.`,
    );
  return Array.from({ length: count }, (_, i) => squeeze(narrow(output, 1, i, 1), [1]));
}

/** Cosine similarity of rows: [batch, features] twice → [batch]. */
export const cosine = (a: Tensor, b: Tensor, epsilon = 1e-12): Tensor =>
  div(sum(mul(a, b), -1), sqrt(mul(add(sum(square(a), -1), epsilon), add(sum(square(b), -1), epsilon))));

/** Euclidean distance between rows: [batch, features] twice → [batch]. A small epsilon is added to each difference for a gradient at 0. */
export const distance = (a: Tensor, b: Tensor, epsilon = 1e-6): Tensor =>
  sqrt(sum(square(add(sub(a, b), epsilon)), -1));

/** Normalises rows to length 1. */
export const normalized = (x: Tensor): Tensor => div(x, maximum(sqrt(add(sum(square(x), -1, true), 1e-24)), 1e-12));
