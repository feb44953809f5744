import { cast, greater, mean, mul, relu, square, sub, upload, where } from '@graft/tensor';
import type { Loss } from '../loss.ts';
import { distance, parts } from './embeddings.ts';

export interface ContrastiveOptions {
  /** The distance beyond which dissimilar pairs cost nothing; default 1. */
  readonly margin?: number;
}

/** ½ distance² for similar pairs, ½ (margin − distance)² for others closer than `margin`. Embeddings [batch, 2, features]; targets [batch] are above 0 for similar pairs (Hadsell et al. 2006). */
export function contrastive({ margin = 1 }: ContrastiveOptions = {}): Loss {
  if (!(margin > 0)) throw new Error(`contrastive expects a margin above 0, got ${margin}.`);
  return (output, alike) => {
    const [a, b] = parts('contrastive', output, 2);
    const apart = distance(a!, b!);
    return mul(
      mean(
        where(
          greater(cast(upload(alike, output.backend), output.dtype), 0),
          square(apart),
          square(relu(sub(margin, apart))),
        ),
      ),
      0.5,
    );
  };
}
