import {
  add,
  equal,
  filled,
  matmul,
  max,
  maximum,
  mean,
  min,
  mul,
  relu,
  reshape,
  showShape,
  sqrt,
  square,
  sub,
  sum,
  type Tensor,
  upload,
  where,
} from '@graft/tensor';
import type { Loss } from '../loss.ts';
import { distance, parts } from './embeddings.ts';

export interface TripletOptions {
  /** How much farther away a negative must be than the positive; default 1. */
  readonly margin?: number;
}

/**
 * Triplet loss: an embedding must be closer to its positive than to a negative by `margin` (Schroff et al. 2015). Takes either [batch, 3, features] (anchor, positive,
 * negative) and ignores the target, or [batch, features] with classes [batch], which pairs each sample with its hardest positive and negative (Hermans et al. 2017).
 */
export function triplet({ margin = 1 }: TripletOptions = {}): Loss {
  if (!(margin > 0)) throw new Error(`triplet expects a margin above 0, got ${margin}.`);
  return (output, target) => {
    if (output.rank === 3) {
      const [anchor, positive, negative] = parts('triplet', output, 3);
      return mean(relu(add(sub(distance(anchor!, positive!), distance(anchor!, negative!)), margin)));
    }
    if (output.rank !== 2 || target.shape.join() !== String(output.shape[0]))
      throw new Error(
        `triplet expects embeddings [batch, 3, features], or [batch, features] with classes [batch], got ${showShape(output.shape)} and ${showShape(target.shape)}.`,
      );
    const apart = distances(output);
    const classes = upload(target, output.backend);
    const alike = equal(reshape(classes, [-1, 1]), reshape(classes, [1, -1]));
    const farthest = max(where(alike, apart, filled(apart, 0)), 1);
    const nearest = min(where(alike, filled(apart, 1e9), apart), 1);
    return mean(relu(add(sub(farthest, nearest), margin)));
  };
}

/** Pairwise distances of rows: [batch, features] → [batch, batch]. */
function distances(x: Tensor): Tensor {
  const lengths = sum(square(x), 1, true);
  return sqrt(add(maximum(sub(add(lengths, reshape(lengths, [1, -1])), mul(matmul(x, x, false, true), 2)), 0), 1e-12));
}
