import { cast, greater, mean, relu, sub, upload, where } from '@graft/tensor';
import type { Loss } from '../loss.ts';
import { cosine, parts } from './embeddings.ts';

export interface CosineEmbeddingOptions {
  /** The cosine above which dissimilar pairs are penalised; from −1 to 1, default 0. */
  readonly margin?: number;
}

/** Aligns similar pairs and pushes others apart. Embeddings [batch, 2, features]; targets [batch] are above 0 for similar pairs. As PyTorch's `CosineEmbeddingLoss`. */
export function cosineEmbedding({ margin = 0 }: CosineEmbeddingOptions = {}): Loss {
  if (!(margin >= -1 && margin <= 1)) throw new Error(`cosineEmbedding expects a margin from -1 to 1, got ${margin}.`);
  return (output, alike) => {
    const [a, b] = parts('cosineEmbedding', output, 2);
    const similarity = cosine(a!, b!);
    return mean(
      where(
        greater(cast(upload(alike, output.backend), output.dtype), 0),
        sub(1, similarity),
        relu(sub(similarity, margin)),
      ),
    );
  };
}
