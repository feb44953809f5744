import type { Module } from '@graft/layers';
import { type Context, type ExtensionPoint, extensionPoint, type Named } from '@graft/plugin';

/** A network written in code, randomly initialised as torchvision does; for training from scratch and for weights from elsewhere. */
export interface Architecture extends Named {
  create(options?: object, context?: Context): Module;
}

/** Architectures, by name. */
export const architecture: ExtensionPoint<Architecture> = extensionPoint('architecture');
