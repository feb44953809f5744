import { type Context, type ExtensionPoint, extensionPoint, type Named } from '@graft/plugin';
import {
  classPriors,
  Dropout,
  Flatten,
  GlobalAvgPool,
  initialise,
  Linear,
  type Module,
  Sequential,
} from '@graft/layers';
import { Random, type Shape, showShape } from '@graft/tensor';

/** Options that all heads have. */
export interface HeadOptions {
  /** The backbone's output for a batch: [batch, features] or [batch, channels, height, width]. */
  readonly features: Shape;
  readonly classes: number;
  /** How often each class occurs in the training data: the head's bias starts at the log of its share. */
  readonly classCounts?: readonly number[] | undefined;
  readonly dropout?: number | undefined;
}

/** A kind of head that can be put on a backbone. */
export interface HeadType extends Named {
  create(options: HeadOptions, context?: Context): Module;
}
/** Heads by name. */
export const head: ExtensionPoint<HeadType> = extensionPoint('head');

/**
 * Pooling where there is a feature map, dropout where asked for, one linear layer.
 * @throws where the features are neither vectors nor maps
 */
export function linearHead({ features, classes, classCounts, dropout = 0 }: HeadOptions): Sequential {
  const channels = channelsOf(features);
  return new Sequential(
    ...pooled(features, new GlobalAvgPool()),
    ...droppedOut(dropout),
    lastLayer(channels, classes, classCounts),
  );
}

/** Layers from a feature map to vectors; none where they are that already. */
export const pooled = (features: Shape, pooling: Module): Module[] =>
  features.length === 4 ? [pooling, new Flatten()] : [];
export const droppedOut = (probability: number): Module[] => (probability ? [new Dropout({ probability })] : []);

/** The linear layer that gives the logits. */
export const lastLayer = (inputs: number, classes: number, classCounts: readonly number[] | undefined): Linear =>
  new Linear({ in: inputs, out: classes, ...(classCounts && { biasInitializer: classPriors(classCounts) }) });

/** @throws where features are neither vectors nor maps */
export function channelsOf(features: Shape): number {
  if (features?.length !== 2 && features?.length !== 4)
    throw new Error(
      `A head wants features of [batch, features] or [batch, channels, height, width], got ${features ? showShape(features) : 'nothing'}. Cut the backbone at another value.`,
    );
  return features[1]!;
}

/**
 * Sets the bias to the logs of the classes' shares, so that training does not begin with unlearning (Lin et al. 2017, 4.1).
 * @throws where there are more or fewer counts than classes
 */
export function startAtPriors(linear: Linear, classCounts: readonly number[]): void {
  if (linear.bias) initialise(linear.bias, classPriors(classCounts), new Random(0));
}
