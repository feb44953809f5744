import { AdaptiveConcatPool2d, BatchNorm1d, Linear, ReLU, Sequential } from '@graft/layers';
import { channelsOf, droppedOut, type HeadOptions, lastLayer, pooled } from './head.ts';

export interface ConcatPoolHeadOptions extends HeadOptions {
  /** Features of the layer between; default 512. */
  readonly hidden?: number;
}

/**
 * fastai's head for images: average and greatest elements of the feature map side by side, batch norm, half the dropout, a linear layer, ReLU, batch norm,
 * dropout (default 0.5), and the linear layer that answers (Howard and Gugger 2020). Vectors go in unpooled.
 * @throws where the features are neither vectors nor maps
 */
export function concatPoolHead({
  features,
  classes,
  classCounts,
  dropout = 0.5,
  hidden = 512,
}: ConcatPoolHeadOptions): Sequential {
  const inputs = channelsOf(features) * (features.length === 4 ? 2 : 1);
  return new Sequential(
    ...pooled(features, new AdaptiveConcatPool2d()),
    new BatchNorm1d({ features: inputs }),
    ...droppedOut(dropout / 2),
    new Linear({ in: inputs, out: hidden, bias: false }),
    new ReLU(),
    new BatchNorm1d({ features: hidden }),
    ...droppedOut(dropout),
    lastLayer(hidden, classes, classCounts),
  );
}
