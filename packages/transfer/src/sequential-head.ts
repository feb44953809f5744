import { type Module, Sequential } from '@graft/layers';
import { scope, showShape, zeros } from '@graft/tensor';
import { droppedOut, type HeadOptions, lastLayer } from './head.ts';
import { featurePooling } from './pool-features.ts';

export interface SequentialHeadOptions extends HeadOptions {
  /** What lies between pooling and the last linear layer, in order: modules, or what makes one for as many features as reach it. */
  readonly layers?: readonly (Module | ((features: number) => Module))[];
}

/**
 * Pooling where features are a map or a sequence, then layers of your choice from vectors to vectors, dropout where asked for, and one linear layer.
 * @throws where features are neither vectors, maps nor sequences, or a layer does not give vectors
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
        `Layer ${i} of a sequential head is not a module: ${JSON.stringify(module)}. A configuration names layers that plugins registered.`,
      );
    const { shape } = scope(() => module.forward(zeros([2, width]))); // what batches of vectors become
    if (shape.length !== 2 || shape[0] !== 2)
      throw new Error(
        `Layer ${i} of a sequential head makes ${showShape(shape)} of ${showShape([2, width])}, where vectors [batch, features] are expected.`,
      );
    width = shape[1]!;
    return module;
  });
  return new Sequential(...pooling.layers, ...made, ...droppedOut(dropout), lastLayer(width, classes, classCounts));
}
