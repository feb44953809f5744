import { GlobalAvgPool, Linear, ReLU, Sequential } from '@graft/layers';
import { channelsOf, droppedOut, type HeadOptions, lastLayer, pooled } from './head.ts';

export interface MlpHeadOptions extends HeadOptions {
  /** Features of each layer between, in order; default one of 256. */
  readonly hidden?: readonly number[];
}

/**
 * Pooling where there is a feature map, then linear layers with ReLUs, and dropout, between them.
 * @throws where the features are neither vectors nor maps
 */
export function mlpHead({ features, classes, classCounts, dropout = 0, hidden = [256] }: MlpHeadOptions): Sequential {
  const sizes = [channelsOf(features), ...hidden];
  const layers = hidden.flatMap((out, i) => [new Linear({ in: sizes[i]!, out }), new ReLU(), ...droppedOut(dropout)]);
  return new Sequential(
    ...pooled(features, new GlobalAvgPool()),
    ...layers,
    lastLayer(sizes.at(-1)!, classes, classCounts),
  );
}
