import { GlobalAvgPool, type Module, Sequential } from '@graft/layers';
import { scope, showShape, zeros } from '@graft/tensor';
import { channelsOf, droppedOut, type HeadOptions, lastLayer, pooled } from './head.ts';

export interface SequentialHeadOptions extends HeadOptions {
  /** What lies between pooling and the last linear layer, in order: modules, or what makes one for as many features as reach it. */
  readonly layers?: readonly (Module | ((features: number) => Module))[];
}

/**
 * Pooling where there is a feature map, then layers of your choice from vectors to vectors, dropout where asked for, and one linear layer.
 * @throws where the features are neither vectors nor maps, or a layer does not give vectors
 */
export function sequentialHead({
  features,
  classes,
  classCounts,
  dropout = 0,
  layers = [],
}: SequentialHeadOptions): Sequential {
  if (!Array.isArray(layers))
    throw new Error(`A sequential head wants "layers" to be a list, got ${JSON.stringify(layers)}.`);
  let width = channelsOf(features);
  const made = layers.map((one: Module | ((features: number) => Module), i) => {
    const module = typeof one === 'function' ? one(width) : one;
    if (typeof (module as Partial<Module> | null)?.forward !== 'function')
      throw new Error(
        `Layer ${i} of a sequential head is no module: ${JSON.stringify(module)}. A configuration names layers that plugins registered.`,
      );
    const { shape } = scope(() => module.forward(zeros([2, width]))); // what batches of vectors become
    if (shape.length !== 2 || shape[0] !== 2)
      throw new Error(
        `Layer ${i} of a sequential head makes ${showShape(shape)} of ${showShape([2, width])}, and wants to give vectors: [batch, features].`,
      );
    width = shape[1]!;
    return module;
  });
  return new Sequential(
    ...pooled(features, new GlobalAvgPool()),
    ...made,
    ...droppedOut(dropout),
    lastLayer(width, classes, classCounts),
  );
}
