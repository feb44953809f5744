import { type Context, type ExtensionPoint, extensionPoint, type Named } from '@graft/plugin';
import type { Image } from './image.ts';
import { compose, type Transform } from './transform.ts';

/** A kind of image transform that a configuration can name. */
export interface TransformType extends Named {
  /** Makes one. It refuses options it does not know; see {@link readOptions}. */
  create(options?: object, context?: Context): Transform<Image>;
}

/** Image transforms, by name. */
export const transform: ExtensionPoint<TransformType> = extensionPoint(
  'transform',
  'the option "transforms" of a run, and graft preview',
);

/** A transform as a configuration has it: its name, or its name with its options. */
export type TransformConfig = string | { readonly name: string; readonly [option: string]: unknown };

/**
 * The transforms a configuration lists, one after another: `['grayscale', { name: 'rotate', degrees: 10 }]`.
 * @throws where a name or an option is unknown, with the nearest there is
 */
export function createTransforms(context: Context, configs: readonly TransformConfig[]): Transform<Image> {
  return compose(
    ...configs.map((config) => {
      const { name, ...options } = typeof config === 'string' ? { name: config } : config;
      return context.get(transform, name).create(options, context);
    }),
  );
}
