import { type Context, type ExtensionPoint, extensionPoint, type Named } from '@graft/plugin';
import type { Initializer } from './initializers.ts';
import type { Module } from './module.ts';

/** A layer type that configurations and checkpoints can create by name and options. */
export interface LayerType extends Named {
  create(options?: object, context?: Context): Module;
}
/** The extension point for layers. */
export const layer: ExtensionPoint<LayerType> = extensionPoint(
  'layer',
  'heads in a configuration: "head": { "name": "sequential", "layers": [ … ] }',
);

/** An initializer type that configurations can create by name and options. */
export interface InitializerType extends Named {
  create(options?: object, context?: Context): Initializer;
}
/** The extension point for initializers. */
export const initializer: ExtensionPoint<InitializerType> = extensionPoint(
  'initializer',
  'the option "initializer" of a run',
);
