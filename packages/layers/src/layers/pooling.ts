import { avgPool, lpPool, maxPool, type Tensor, type Windows } from '@graft/tensor';
import { Module } from '../module.ts';
import { readWindows, wantFit, type WindowOptions } from './sliding-windows.ts';
import { dimensionNames, checkShape } from './check-shape.ts';

export interface PoolOptions extends WindowOptions {
  /** Whether to keep a last window that fits only partly. */
  readonly ceilMode?: boolean;
}
export interface AvgPoolOptions extends PoolOptions {
  /** Whether the mean includes the zeros of the padding. Default true. */
  readonly countIncludePad?: boolean;
}
export interface LpPoolOptions extends Omit<PoolOptions, 'padding' | 'dilation'> {
  /** The exponent. Default 2. */
  readonly p?: number;
}

/** Slides a window over [batch, channels, ...] and reduces it to one number at each position. */
abstract class Pool extends Module {
  protected readonly windows: Windows;

  constructor(dims: number, options: WindowOptions) {
    super();
    this.windows = readWindows(new.target.name, dims, options, true);
    const { kernel, before, after } = this.windows;
    if (kernel.some((n, i) => before[i]! > n / 2 || after[i]! > n / 2))
      throw new Error(
        `${new.target.name} expects a padding of at most half its window, got windows of ${kernel.join('×')} and a padding of ${[...before, ...after].join(', ')}.`,
      );
  }

  override forward(x: Tensor): Tensor {
    checkShape(this, x, ['batch', 'channels', ...dimensionNames(this.windows.kernel.length)]);
    wantFit(this, x, this.windows);
    return this.pool(x);
  }
  protected abstract pool(x: Tensor): Tensor;
}

abstract class MaxPool extends Pool {
  private readonly ceilMode: boolean;
  constructor(dims: number, { ceilMode = false, ...options }: PoolOptions) {
    super(dims, options);
    this.ceilMode = ceilMode;
  }
  protected override pool(x: Tensor): Tensor {
    return maxPool(x, this.windows, { ceilMode: this.ceilMode });
  }
}
abstract class AvgPool extends Pool {
  private readonly rule: { readonly ceilMode: boolean; readonly countIncludePad: boolean };
  constructor(dims: number, { ceilMode = false, countIncludePad = true, ...options }: AvgPoolOptions) {
    super(dims, options);
    this.rule = { ceilMode, countIncludePad };
  }
  protected override pool(x: Tensor): Tensor {
    return avgPool(x, this.windows, this.rule);
  }
}
abstract class LpPool extends Pool {
  private readonly rule: { readonly p: number; readonly ceilMode: boolean };
  constructor(dims: number, { p = 2, ceilMode = false, ...options }: LpPoolOptions) {
    super(dims, options);
    if (!(p >= 1)) throw new Error(`${new.target.name} expects p to be at least 1, got ${p}.`);
    this.rule = { p, ceilMode };
  }
  protected override pool(x: Tensor): Tensor {
    return lpPool(x, this.windows, this.rule);
  }
}

/** The maximum of each window of [batch, channels, length]. */
export class MaxPool1d extends MaxPool {
  constructor(options: PoolOptions) {
    super(1, options);
  }
}
/** The maximum of each window of [batch, channels, height, width]. */
export class MaxPool2d extends MaxPool {
  constructor(options: PoolOptions) {
    super(2, options);
  }
}
/** The maximum of each window of [batch, channels, depth, height, width]. */
export class MaxPool3d extends MaxPool {
  constructor(options: PoolOptions) {
    super(3, options);
  }
}
/** The mean of each window of [batch, channels, length]. */
export class AvgPool1d extends AvgPool {
  constructor(options: AvgPoolOptions) {
    super(1, options);
  }
}
/** The mean of each window of [batch, channels, height, width]. */
export class AvgPool2d extends AvgPool {
  constructor(options: AvgPoolOptions) {
    super(2, options);
  }
}
/** The mean of each window of [batch, channels, depth, height, width]. */
export class AvgPool3d extends AvgPool {
  constructor(options: AvgPoolOptions) {
    super(3, options);
  }
}
/** The p-norm of each window of [batch, channels, length]. */
export class LPPool1d extends LpPool {
  constructor(options: LpPoolOptions) {
    super(1, options);
  }
}
/** The p-norm of each window of [batch, channels, height, width]. */
export class LPPool2d extends LpPool {
  constructor(options: LpPoolOptions) {
    super(2, options);
  }
}
