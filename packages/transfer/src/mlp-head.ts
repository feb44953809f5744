import { Linear, ReLU, Sequential } from '@graft/layers';
import { droppedOut, type HeadOptions, lastLayer } from './head.ts';
import { featurePooling } from './pool-features.ts';

export interface MlpHeadOptions extends HeadOptions {
  /** Sizes of the hidden layers, in order; default one of 256. */
  readonly hidden?: readonly number[];
}

/**
 * A multilayer perceptron: pooling if features are a map or a sequence, then linear layers with ReLU and optional dropout in between.
 * @throws if features are not vectors, maps or sequences
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
