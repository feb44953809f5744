import { BatchNorm1d, Linear, ReLU, Sequential } from '@graft/layers';
import { droppedOut, type HeadOptions, lastLayer } from './head.ts';
import { featurePooling } from './pool-features.ts';

export interface ConcatPoolHeadOptions extends HeadOptions {
  /** Features of the layer between; default 512. */
  readonly hidden?: number;
}

/**
 * fastai's head for images: greatest elements and means of the feature map side by side, batch norm, half the dropout, a linear layer, ReLU, batch norm,
 * dropout (default 0.5), and the linear layer that gives the logits (Howard and Gugger 2020). A sequence is pooled in the same way over its tokens,
 * unless `pool` is `first`; vectors are not pooled.
 * @throws where features are neither vectors, maps nor sequences
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
