import { avgPool2d, flatten, globalAvgPool, maxPool2d, type Pool2dOptions, type Tensor } from '@graft/tensor';
import { Module } from '../module.ts';

/** The greatest element of each window of [batch, channels, height, width]. */
export class MaxPool2d extends Module {
  private readonly options: Pool2dOptions;
  constructor(options: Pool2dOptions) { super(); this.options = options; }
  override forward(x: Tensor): Tensor { return maxPool2d(x, this.options); }
}

/** The mean of each window of [batch, channels, height, width]. */
export class AvgPool2d extends Module {
  private readonly options: Pool2dOptions;
  constructor(options: Pool2dOptions) { super(); this.options = options; }
  override forward(x: Tensor): Tensor { return avgPool2d(x, this.options); }
}

/** The mean of each channel: [batch, channels, height, width] → [batch, channels, 1, 1]. */
export class GlobalAvgPool extends Module { override forward(x: Tensor): Tensor { return globalAvgPool(x); } }

/** All dimensions but the batch as one: [batch, ...] → [batch, features]. */
export class Flatten extends Module { override forward(x: Tensor): Tensor { return flatten(x); } }
