import { type Context, type ExtensionPoint, extensionPoint, type Named } from '@graft/plugin';
import { classPriors, Dropout, initialise, Linear, type Module, Sequential } from '@graft/layers';
import { Random, type Shape } from '@graft/tensor';
import { featurePooling, type SequencePooling } from './pool-features.ts';

/** Options that all heads have. */
export interface HeadOptions {
  /** The shape of the backbone's output: [batch, features], [batch, channels, height, width] or [batch, tokens, width]. */
  readonly features: Shape;
  readonly classes: number;
  /** How often each class occurs in the training data: the head's bias starts at the log of its share. */
  readonly classCounts?: readonly number[] | undefined;
  readonly dropout?: number | undefined;
  /** How a sequence [batch, tokens, width] becomes a vector; default `mean`. */
  readonly pool?: SequencePooling | undefined;
}

/** A kind of head that can be put on a backbone. */
export interface HeadType extends Named {
  create(options: HeadOptions, context?: Context): Module;
}
/** Heads by name. */
export const head: ExtensionPoint<HeadType> = extensionPoint('head', 'the option "head" of a run');

/**
 * Pooling where features are a map or a sequence, dropout where asked for, one linear layer.
 * @throws where features are neither vectors, maps nor sequences
 */
export function linearHead({ features, classes, classCounts, dropout = 0, pool }: HeadOptions): Sequential {
  const { layers, width } = featurePooling(features, { pool });
  return new Sequential(...layers, ...droppedOut(dropout), lastLayer(width, classes, classCounts));
}

export const droppedOut = (probability: number): Module[] => (probability ? [new Dropout({ probability })] : []);

/** The linear layer that gives the logits. */
export const lastLayer = (inputs: number, classes: number, classCounts: readonly number[] | undefined): Linear =>
  new Linear({ in: inputs, out: classes, ...(classCounts && { biasInitializer: classPriors(classCounts) }) });

/**
 * Sets the bias to the logs of the classes' shares, so that training does not begin with unlearning (Lin et al. 2017, 4.1).
 * @throws where there are more or fewer counts than classes
 */
export function startAtPriors(linear: Linear, classCounts: readonly number[]): void {
  if (linear.bias) initialise(linear.bias, classPriors(classCounts), new Random(0));
}
