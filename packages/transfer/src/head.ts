import { type ExtensionPoint, extensionPoint, type Named } from '@graft/plugin';
import { Dropout, Flatten, GlobalAvgPool, Linear, type Module, Sequential } from '@graft/layers';
import { type Random, type Shape, showShape, tensor } from '@graft/tensor';

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
  create(options: HeadOptions): Module;
}
export const head: ExtensionPoint<HeadType> = extensionPoint('head');

/**
 * Pooling where there is a feature map, dropout where asked for, one linear layer.
 * @throws where the features are neither vectors nor maps
 */
export function linearHead({ features, classes, classCounts, dropout = 0 }: HeadOptions): Sequential {
  if (features.length !== 2 && features.length !== 4) throw new Error(`A head wants features of [batch, features] or [batch, channels, height, width], got ${showShape(features)}. Cut the backbone at another value.`);
  const linear = classCounts ? new PriorLinear(features[1]!, classes, classCounts) : new Linear({ in: features[1]!, out: classes });
  return new Sequential(...(features.length === 4 ? [new GlobalAvgPool(), new Flatten()] : []), ...(dropout ? [new Dropout({ probability: dropout })] : []), linear);
}

/** A linear layer that starts at the classes' frequencies, however often it is initialised. */
class PriorLinear extends Linear {
  private readonly classCounts: readonly number[];

  constructor(features: number, classes: number, classCounts: readonly number[]) {
    super({ in: features, out: classes });
    this.classCounts = classCounts;
    startAtPriors(this, classCounts);
  }

  override reset(random: Random): void {
    super.reset(random);
    // Linear's constructor calls this before there are any.
    if (this.classCounts) startAtPriors(this, this.classCounts);
  }
}

/**
 * Sets the bias to the logs of the classes' shares, so that training does not begin with unlearning (Lin et al. 2017, 4.1).
 * @throws where there are more or fewer counts than classes
 */
export function startAtPriors(linear: Linear, classCounts: readonly number[]): void {
  const [classes] = linear.weight.value.shape as [number];
  if (classCounts.length !== classes) throw new Error(`The head has ${classes} classes, but ${classCounts.length} class counts were given. Give one for each class.`);
  const total = classCounts.reduce((a, b) => a + b, 0);
  // One more of each, so that a class without samples has a logarithm.
  linear.bias?.take(tensor(Float32Array.from(classCounts, (count) => Math.log((count + 1) / (total + classes))), { backend: linear.weight.value.backend }));
}
