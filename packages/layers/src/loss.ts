import { type Context, type ExtensionPoint, extensionPoint, type Named } from '@graft/plugin';
import type { Tensor } from '@graft/tensor';

/** Measures how far outputs are from targets, as one number. */
export type Loss = (output: Tensor, target: Tensor) => Tensor;

/** A loss type that configurations can create by name and options. */
export interface LossType extends Named {
  create(options?: object, context?: Context): Loss;
}
/** The extension point for losses. */
export const loss: ExtensionPoint<LossType> = extensionPoint('loss', 'the option "loss" of a run');
