import { type Context, type ExtensionPoint, extensionPoint, type Named } from '@graft/plugin';
import type { Image } from './image.ts';
import { compose, type Transform } from './transform.ts';

/** A transform type that configurations can create by name and options. */
export interface TransformType extends Named {
  /** Creates a transform. Rejects unknown options; see {@link readOptions}. */
  create(options?: object, context?: Context): Transform<Image>;
}

/** The extension point for image transforms. */
export const transform: ExtensionPoint<TransformType> = extensionPoint(
  'transform',
  'the option "transforms" of a run, and graft preview',
);

/** A transform in a configuration: its name, or its name and options. */
export type TransformConfig = string | { readonly name: string; readonly [option: string]: unknown };

/**
 * Creates the transforms listed in a configuration, and composes them: `['grayscale', { name: 'rotate', degrees: 10 }]`.
 * @throws if a name or an option is unknown, with a suggestion
 */
export function createTransforms(context: Context, configs: readonly TransformConfig[]): Transform<Image> {
  return compose(
    ...configs.map((config) => {
      const { name, ...options } = typeof config === 'string' ? { name: config } : config;
      return context.get(transform, name).create(options, context);
    }),
  );
}
