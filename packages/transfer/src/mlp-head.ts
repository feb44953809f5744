import { Linear, ReLU, Sequential } from '@graft/layers';
import { droppedOut, type HeadOptions, lastLayer } from './head.ts';
import { featurePooling } from './pool-features.ts';

export interface MlpHeadOptions extends HeadOptions {
  /** Features of each layer between, in order; default one of 256. */
  readonly hidden?: readonly number[];
}

/**
 * Pooling where features are a map or a sequence, then linear layers with ReLUs, and dropout, between them.
 * @throws where features are neither vectors, maps nor sequences
 */
export function mlpHead({
  features,
  classes,
  classCounts,
  dropout = 0,
  pool,
  hidden = [256],
}: MlpHeadOptions): Sequential {
  const { layers: pooling, width } = featurePooling(features, { pool });
  const sizes = [width, ...hidden];
  const layers = hidden.flatMap((out, i) => [new Linear({ in: sizes[i]!, out }), new ReLU(), ...droppedOut(dropout)]);
  return new Sequential(...pooling, ...layers, lastLayer(sizes.at(-1)!, classes, classCounts));
}
