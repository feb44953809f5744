import { scope, type Tensor } from '@graft/tensor';
import { Module } from '../module.ts';
import { Conv2d, type ConvOptions } from './convolution.ts';

export interface SeparableConv2dOptions extends Omit<ConvOptions, 'groups' | 'initializer' | 'biasInitializer'> {
  /** Filters for each input channel. */
  readonly multiplier?: number;
}

/**
 * A depthwise convolution (a {@link Conv2d} with as many groups as channels), then a 1×1 convolution:
 * [batch, in, height, width] → [batch, out, height', width']. (Chollet 2017; Howard et al. 2017)
 */
export class SeparableConv2d extends Module {
  readonly depthwise: Conv2d;
  readonly pointwise: Conv2d;

  constructor({ in: inputs, out, multiplier = 1, bias = true, ...window }: SeparableConv2dOptions) {
    super();
    this.depthwise = new Conv2d({ ...window, in: inputs, out: inputs * multiplier, groups: inputs, bias: false });
    this.pointwise = new Conv2d({ in: inputs * multiplier, out, kernel: 1, bias });
  }

  override forward(x: Tensor): Tensor {
    return scope(() => this.pointwise.forward(this.depthwise.forward(x)));
  }
}
