import { apply } from '../apply.ts';
import type { Op } from '../op.ts';
import { Clip, HardSwish } from './activation.ts';
import { Conv2d, type Conv2dAttrs } from './convolution.ts';

/** Attributes of {@link ActivatedConv2d}. */
export interface ActivatedConv2dAttrs extends Conv2dAttrs {
  /** The activation: a clip to [min, max] (ReLU is [0, ∞]), or hard-swish. */
  readonly activation: 'clip' | 'hardSwish';
  readonly min: number;
  readonly max: number;
}

/** A fused convolution with bias and activation, which needs only one pass over the result. Created by `optimize`. */
export const ActivatedConv2d: Op<ActivatedConv2dAttrs> = {
  name: 'activatedConv2d',
  infer: (inputs, attrs) => Conv2d.infer(inputs, attrs),
  decompose(inputs, { activation, min, max, stride, padding, dilation, groups }) {
    const product = apply(Conv2d, inputs, { stride, padding, dilation, groups });
    return activation === 'clip' ? apply(Clip, [product], { min, max }) : apply(HardSwish, [product], undefined);
  },
};
