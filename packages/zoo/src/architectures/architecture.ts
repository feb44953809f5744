import type { Module } from '@graft/layers';
import { type Context, type ExtensionPoint, extensionPoint, type Named } from '@graft/plugin';

/** A network defined in code, randomly initialised as in torchvision, for training from scratch or for weights from elsewhere. */
export interface Architecture extends Named {
  /** Shape of its input without the batch; default [3, 224, 224]. */
  readonly inputShape?: readonly number[];
  create(options?: object, context?: Context): Module;
}

/** The extension point for architectures. */
export const architecture: ExtensionPoint<Architecture> = extensionPoint(
  'architecture',
  'the option "model" of a run, to train from scratch',
);
