import { BatchNorm1d, Linear, ReLU, Sequential } from '@graft/layers';
import { droppedOut, type HeadOptions, lastLayer } from './head.ts';
import { featurePooling } from './pool-features.ts';

export interface ConcatPoolHeadOptions extends HeadOptions {
  /** Size of the hidden layer; default 512. */
  readonly hidden?: number;
}

/**
 * fastai's image head: concatenated max and average pooling, batch norm, half the dropout, a linear layer, ReLU, batch norm,
 * dropout (default 0.5), and a linear layer for the logits (Howard and Gugger 2020). Sequences are pooled over their tokens in the same way,
 * unless `pool` is `first`; vectors are not pooled.
 * @throws if features are not vectors, maps or sequences
 */
export function concatPoolHead({
  features,
  classes,
  classCounts,
  dropout = 0.5,
  pool,
  hidden = 512,
}: ConcatPoolHeadOptions): Sequential {
  const { layers, width: inputs } = featurePooling(features, { pool, concat: true });
  return new Sequential(
    ...layers,
    new BatchNorm1d({ features: inputs }),
    ...droppedOut(dropout / 2),
    new Linear({ in: inputs, out: hidden, bias: false }),
    new ReLU(),
    new BatchNorm1d({ features: hidden }),
    ...droppedOut(dropout),
    lastLayer(hidden, classes, classCounts),
  );
}
