import { pad, padWith, type Tensor } from '@graft/tensor';
import { Module } from '../module.ts';
import { margins, type PerDimension } from './sliding-windows.ts';
import { dimensionNames, nameOf, checkShape } from './check-shape.ts';

export interface PadOptions {
  /** One number for all sides, one per dimension, or all leading paddings followed by all trailing ones: [top, left, bottom, right]. */
  readonly padding: PerDimension;
}

/** Pads the dimensions after batch and channels. */
abstract class Padding extends Module {
  protected readonly before: readonly number[];
  protected readonly after: readonly number[];

  constructor(dims: number, { padding }: PadOptions) {
    super();
    const { before, after } = margins(new.target.name, padding, dims);
    this.before = [0, 0, ...before];
    this.after = [0, 0, ...after];
  }

  override forward(x: Tensor): Tensor {
    checkShape(this, x, ['batch', 'channels', ...dimensionNames(this.before.length - 2)]);
    return this.padded(x);
  }
  protected abstract padded(x: Tensor): Tensor;
}

abstract class ZeroPad extends Padding {
  protected override padded(x: Tensor): Tensor {
    return pad(x, this.before, this.after);
  }
}
abstract class ReflectionPad extends Padding {
  protected override padded(x: Tensor): Tensor {
    if (x.shape.some((dim, i) => Math.max(this.before[i]!, this.after[i]!) >= dim))
      throw new Error(
        `${nameOf(this)} mirrors up to ${Math.max(...this.before, ...this.after)} elements, so each dimension must be larger than that, got [${x.shape.join(', ')}].`,
      );
    return padWith(x, this.before, this.after, 'reflect');
  }
}
abstract class ReplicationPad extends Padding {
  protected override padded(x: Tensor): Tensor {
    return padWith(x, this.before, this.after, 'edge');
  }
}

/** Zeros around [batch, channels, length]. */
export class ZeroPad1d extends ZeroPad {
  constructor(options: PadOptions) {
    super(1, options);
  }
}
/** Zeros around [batch, channels, height, width]. */
export class ZeroPad2d extends ZeroPad {
  constructor(options: PadOptions) {
    super(2, options);
  }
}
/** Zeros around [batch, channels, depth, height, width]. */
export class ZeroPad3d extends ZeroPad {
  constructor(options: PadOptions) {
    super(3, options);
  }
}
/** [batch, channels, length] mirrored at its first and last element. */
export class ReflectionPad1d extends ReflectionPad {
  constructor(options: PadOptions) {
    super(1, options);
  }
}
/** [batch, channels, height, width] mirrored at its outermost rows and columns. */
export class ReflectionPad2d extends ReflectionPad {
  constructor(options: PadOptions) {
    super(2, options);
  }
}
/** [batch, channels, depth, height, width] mirrored at its outermost planes. */
export class ReflectionPad3d extends ReflectionPad {
  constructor(options: PadOptions) {
    super(3, options);
  }
}
/** [batch, channels, length] with its first and last element repeated. */
export class ReplicationPad1d extends ReplicationPad {
  constructor(options: PadOptions) {
    super(1, options);
  }
}
/** [batch, channels, height, width] with its outermost rows and columns repeated. */
export class ReplicationPad2d extends ReplicationPad {
  constructor(options: PadOptions) {
    super(2, options);
  }
}
/** [batch, channels, depth, height, width] with its outermost planes repeated. */
export class ReplicationPad3d extends ReplicationPad {
  constructor(options: PadOptions) {
    super(3, options);
  }
}
