import { adaptivePool, concat, globalAvgPool, max, scope, type Tensor } from '@graft/tensor';
import { Module } from '../module.ts';
import { dimensionNames, nameOf, checkShape, checkInteger } from './check-shape.ts';

export interface AdaptivePoolOptions {
  /** Output size: one number for all dimensions, or one for each; null keeps a dimension. */
  readonly size: number | readonly (number | null)[];
}

/** Pools [batch, channels, ...] to a given output size. */
abstract class AdaptivePool extends Module {
  private readonly kind: 'avg' | 'max';
  private readonly size: readonly (number | null)[];

  constructor(kind: 'avg' | 'max', dims: number, { size }: AdaptivePoolOptions) {
    super();
    this.kind = kind;
    this.size = typeof size === 'number' ? Array<number>(dims).fill(size) : size;
    if (this.size?.length !== dims)
      throw new Error(
        `${new.target.name} expects size to be a number or ${dims} of them, got ${this.size ? `[${this.size.join(', ')}]` : 'nothing'}.`,
      );
    for (const one of this.size) if (one !== null) checkInteger(new.target.name, { size: one });
  }

  override forward(x: Tensor): Tensor {
    checkShape(this, x, ['batch', 'channels', ...dimensionNames(this.size.length)]);
    return scope(() => adaptivePool(x, this.size, this.kind));
  }
}

/** Averages: [batch, channels, length] → [batch, channels, size] */
export class AdaptiveAvgPool1d extends AdaptivePool {
  constructor(options: AdaptivePoolOptions) {
    super('avg', 1, options);
  }
}
/** Averages: [batch, channels, height, width] → [batch, channels, ...size] */
export class AdaptiveAvgPool2d extends AdaptivePool {
  constructor(options: AdaptivePoolOptions) {
    super('avg', 2, options);
  }
}
/** Averages: [batch, channels, depth, height, width] → [batch, channels, ...size] */
export class AdaptiveAvgPool3d extends AdaptivePool {
  constructor(options: AdaptivePoolOptions) {
    super('avg', 3, options);
  }
}
/** Maxima: [batch, channels, length] → [batch, channels, size] */
export class AdaptiveMaxPool1d extends AdaptivePool {
  constructor(options: AdaptivePoolOptions) {
    super('max', 1, options);
  }
}
/** Maxima: [batch, channels, height, width] → [batch, channels, ...size] */
export class AdaptiveMaxPool2d extends AdaptivePool {
  constructor(options: AdaptivePoolOptions) {
    super('max', 2, options);
  }
}
/** Maxima: [batch, channels, depth, height, width] → [batch, channels, ...size] */
export class AdaptiveMaxPool3d extends AdaptivePool {
  constructor(options: AdaptivePoolOptions) {
    super('max', 3, options);
  }
}

/** Maxima and averages, concatenated: [batch, channels, height, width] → [batch, 2 · channels, ...size], as in fastai. */
export class AdaptiveConcatPool2d extends Module {
  private readonly greatest: AdaptiveMaxPool2d;
  private readonly means: AdaptiveAvgPool2d;

  constructor({ size = 1 }: Partial<AdaptivePoolOptions> = {}) {
    super();
    this.greatest = new AdaptiveMaxPool2d({ size });
    this.means = new AdaptiveAvgPool2d({ size });
  }

  override forward(x: Tensor): Tensor {
    checkShape(this, x, ['batch', 'channels', 'height', 'width']);
    return scope(() => concat([this.greatest.forward(x), this.means.forward(x)], 1));
  }
}

/** The mean of each channel: [batch, channels, ...] → [batch, channels, 1, ...]. */
export class GlobalAvgPool extends Module {
  override forward(x: Tensor): Tensor {
    return globalAvgPool(spatial(this, x));
  }
}
/** The maximum of each channel: [batch, channels, ...] → [batch, channels, 1, ...]. */
export class GlobalMaxPool extends Module {
  override forward(x: Tensor): Tensor {
    return max(
      spatial(this, x),
      x.shape.flatMap((_, i) => (i > 1 ? [i] : [])),
      true,
    );
  }
}

function spatial(layer: Module, x: Tensor): Tensor {
  if (x.rank < 3)
    throw new Error(`${nameOf(layer)} expects [batch, channels, length, ...], got [${x.shape.join(', ')}].`);
  return x;
}
