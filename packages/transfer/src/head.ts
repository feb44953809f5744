import { type Context, type ExtensionPoint, extensionPoint, type Named } from '@graft/plugin';
import { classPriors, Dropout, initialise, Linear, type Module, Sequential } from '@graft/layers';
import { Random, type Shape } from '@graft/tensor';
import { featurePooling, type SequencePooling } from './pool-features.ts';

/** Options of every head. */
export interface HeadOptions {
  /** The shape of the backbone's output: [batch, features], [batch, channels, height, width] or [batch, tokens, width]. */
  readonly features: Shape;
  readonly classes: number;
  /** Number of training samples per class: the head's bias starts at the log of the class frequencies. */
  readonly classCounts?: readonly number[] | undefined;
  readonly dropout?: number | undefined;
  /** How to pool a sequence [batch, tokens, width] to a vector; default `mean`. */
  readonly pool?: SequencePooling | undefined;
}

/** A head type that configurations can create by name and options. */
export interface HeadType extends Named {
  create(options: HeadOptions, context?: Context): Module;
}
/** The extension point for heads. */
export const head: ExtensionPoint<HeadType> = extensionPoint('head', 'the option "head" of a run');

/**
 * A linear classifier: pooling if features are a map or a sequence, optional dropout, and one linear layer.
 * @throws if features are not vectors, maps or sequences
 */
export function linearHead({ features, classes, classCounts, dropout = 0, pool }: HeadOptions): Sequential {
  const { layers, width } = featurePooling(features, { pool });
  return new Sequential(...layers, ...droppedOut(dropout), lastLayer(width, classes, classCounts));
}

export const droppedOut = (probability: number): Module[] => (probability ? [new Dropout({ probability })] : []);

/** The linear layer that computes the logits. */
export const lastLayer = (inputs: number, classes: number, classCounts: readonly number[] | undefined): Linear =>
  new Linear({ in: inputs, out: classes, ...(classCounts && { biasInitializer: classPriors(classCounts) }) });

/**
 * Sets the bias to the log of the class frequencies; otherwise training starts by learning them (Lin et al. 2017, section 4.1).
 * @throws if the number of counts differs from the number of classes
 */
export function startAtPriors(linear: Linear, classCounts: readonly number[]): void {
  if (linear.bias) initialise(linear.bias, classPriors(classCounts), new Random(0));
}
