import { Flatten, Module } from '@graft/layers';
import {
  concat,
  globalAvgPool,
  max,
  mean,
  narrow,
  scope,
  type Shape,
  showShape,
  squeeze,
  type Tensor,
} from '@graft/tensor';

/** How to pool a sequence to a vector: the mean of its tokens, or its first token, as in BERT and ViT. */
export type SequencePooling = 'mean' | 'first';

export interface PoolFeaturesOptions {
  /** How to pool sequences; default `mean`. */
  readonly pool?: SequencePooling | undefined;
  /** Concatenates max and average pooling, which doubles the number of features. */
  readonly concat?: boolean | undefined;
}

/**
 * Pools features: vectors [batch, features] are unchanged, a map [batch, channels, height, width] is averaged to [batch, channels, 1, 1], and a
 * sequence [batch, tokens, width] becomes the mean of its tokens or its first token, [batch, width].
 * @throws if features have another number of dimensions
 */
export class PoolFeatures extends Module {
  private readonly pool: SequencePooling;
  private readonly concat: boolean;

  constructor({ pool = 'mean', concat = false }: PoolFeaturesOptions = {}) {
    super();
    if (pool !== 'mean' && pool !== 'first')
      throw new Error(`A head expects "pool" to be "mean" or "first", got ${JSON.stringify(pool)}.`);
    this.pool = pool;
    this.concat = concat;
  }

  override forward(x: Tensor): Tensor {
    widthOf(x.shape);
    return scope(() => (this.concat ? this.both(x) : this.one(x)));
  }

  private one(x: Tensor): Tensor {
    if (x.rank === 2) return x;
    if (x.rank === 4) return globalAvgPool(x);
    return this.pool === 'first' ? squeeze(narrow(x, 1, 0, 1), [1]) : mean(x, 1);
  }

  private both(x: Tensor): Tensor {
    if (x.rank === 3 && this.pool === 'first') return this.one(x);
    const greatest = x.rank === 2 ? x : x.rank === 4 ? max(x, [2, 3], true) : max(x, 1); // a vector is a 1×1 map
    return concat([greatest, this.one(x)], 1);
  }
}

/** Layers that pool features to vectors, and the size of the vectors. */
export interface FeaturePooling {
  readonly layers: readonly Module[];
  readonly width: number;
}

/**
 * The first layers of a head: none for vectors, {@link PoolFeatures} and `Flatten` for maps and sequences.
 * @param features the backbone's output for a batch: [batch, features], [batch, channels, height, width] or [batch, tokens, width]
 * @throws if features have another shape, or `pool` is `first` for features that are not a sequence
 */
export function featurePooling(features: Shape, options: PoolFeaturesOptions = {}): FeaturePooling {
  const width = widthOf(features);
  const pooling = new PoolFeatures(options);
  const first = options.pool === 'first';
  if (first && features.length !== 3)
    throw new Error(
      `A head with pool "first" expects a sequence [batch, tokens, width], got ${showShape(features)}. Omit "pool".`,
    );
  if (features.length === 2) return { layers: [], width };
  return { layers: [pooling, new Flatten()], width: options.concat && !first ? 2 * width : width };
}

function widthOf(features: Shape): number {
  const width = [undefined, undefined, features?.[1], features?.[2], features?.[1]][features?.length];
  if (width === undefined)
    throw new Error(
      `A head expects features of [batch, features], [batch, channels, height, width] or [batch, tokens, width], got ${features ? showShape(features) : 'nothing'}. Cut the backbone at another value.`,
    );
  return width;
}
