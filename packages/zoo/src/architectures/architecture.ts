import type { Module } from '@graft/layers';
import { type Context, type ExtensionPoint, extensionPoint, type Named } from '@graft/plugin';

/** A network defined in code with random weights, for training from scratch or for loading weights from another source. */
export interface Architecture extends Named {
  /** Shape of the input without the batch dimension; default [3, 224, 224]. */
  readonly inputShape?: readonly number[];
  create(options?: object, context?: Context): Module;
}

/** The extension point for architectures. */
export const architecture: ExtensionPoint<Architecture> = extensionPoint(
  'architecture',
  'the option "model" of a run, to train from scratch',
);
