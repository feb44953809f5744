import { type Context, type ExtensionPoint, extensionPoint, type Named } from '@graft/plugin';
import type { Initializer } from './initializers.ts';
import type { Module } from './module.ts';

/** A kind of layer that can be made from its options, as a configuration or a checkpoint names it. */
export interface LayerType extends Named {
  create(options?: object, context?: Context): Module;
}
/** Layers by name. */
export const layer: ExtensionPoint<LayerType> = extensionPoint('layer');

/** A kind of initial values that can be made from its options. */
export interface InitializerType extends Named {
  create(options?: object, context?: Context): Initializer;
}
/** Initializers by name. */
export const initializer: ExtensionPoint<InitializerType> = extensionPoint('initializer');
