import { type Module, Sequential } from '@graft/layers';
import { scope, showShape, zeros } from '@graft/tensor';
import { droppedOut, type HeadOptions, lastLayer } from './head.ts';
import { featurePooling } from './pool-features.ts';

export interface SequentialHeadOptions extends HeadOptions {
  /** The layers between pooling and the last linear layer: modules, or functions that create one for a number of input features. */
  readonly layers?: readonly (Module | ((features: number) => Module))[];
}

/**
 * A custom head: pooling if features are a map or a sequence, your layers, optional dropout, and one linear layer.
 * @throws if features are not vectors, maps or sequences, or a layer does not return vectors
 */
export function sequentialHead({
  features,
  classes,
  classCounts,
  dropout = 0,
  pool,
  layers = [],
}: SequentialHeadOptions): Sequential {
  if (!Array.isArray(layers))
    throw new Error(`A sequential head expects "layers" to be a list, got ${JSON.stringify(layers)}.`);
  const pooling = featurePooling(features, { pool });
  let { width } = pooling;
  const made = layers.map((one: Module | ((features: number) => Module), i) => {
    const module = typeof one === 'function' ? one(width) : one;
    if (typeof (module as Partial<Module> | null)?.forward !== 'function')
      throw new Error(
        `Layer ${i} of a sequential head is not a module: ${JSON.stringify(module)}. In a configuration, use the name of a registered layer.`,
      );
    const { shape } = scope(() => module.forward(zeros([2, width]))); // finds the output size
    if (shape.length !== 2 || shape[0] !== 2)
      throw new Error(
        `Layer ${i} of a sequential head returns ${showShape(shape)} for an input of ${showShape([2, width])}, but must return vectors [batch, features].`,
      );
    width = shape[1]!;
    return module;
  });
  return new Sequential(...pooling.layers, ...made, ...droppedOut(dropout), lastLayer(width, classes, classCounts));
}
