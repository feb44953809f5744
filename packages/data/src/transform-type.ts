import { type Context, type ExtensionPoint, extensionPoint, type Named } from '@graft/plugin';
import type { Image } from './image.ts';
import { compose, type Transform } from './transform.ts';

/** A transform that configurations create by name. */
export interface TransformType extends Named {
  /** The modality whose examples it changes, such as `text`; default `image`. */
  readonly modality?: string;
  /** Creates a transform of the modality's examples. @throws if an option is unknown; see {@link readOptions} */
  create(options?: object, context?: Context): Transform<never, unknown>;
}

/** The extension point for transforms. */
export const transform: ExtensionPoint<TransformType> = extensionPoint(
  'transform',
  'the option "transforms" of a run, and graft preview',
);

/** A transform in a configuration: its name, or an object with its name and options. */
export type TransformConfig = string | { readonly name: string; readonly [option: string]: unknown };

/**
 * Creates the transforms of a configuration, composed in order: `['grayscale', { name: 'rotate', degrees: 10 }]`.
 * @param modality of the examples; default `image`
 * @throws if a name or an option is unknown, with the nearest one, or a transform is for another modality
 */
export function createTransforms<T = Image>(
  context: Context,
  configs: readonly TransformConfig[],
  modality = 'image',
): Transform<T> {
  return compose(
    ...configs.map((config) => {
      const { name, ...options } = typeof config === 'string' ? { name: config } : config;
      const type = context.get(transform, name);
      const { modality: changes = 'image' } = type;
      if (changes !== modality)
        throw new Error(`The transform "${name}" changes examples of the modality "${changes}", not "${modality}".`);
      return type.create(options, context) as Transform<unknown> as Transform<T>;
    }),
  );
}
