import { type Context, type ExtensionPoint, extensionPoint, type Named } from '@graft/plugin';
import type { Tensor } from '@graft/tensor';

/** How far outputs are from targets: one number. */
export type Loss = (output: Tensor, target: Tensor) => Tensor;

/** A kind of loss that can be made from its options, as a configuration names it. */
export interface LossType extends Named {
  create(options?: object, context?: Context): Loss;
}
/** Losses by name. */
export const loss: ExtensionPoint<LossType> = extensionPoint('loss');
