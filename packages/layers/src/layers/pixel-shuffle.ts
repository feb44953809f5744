import { depthToSpace, scope, spaceToDepth, type Tensor } from '@graft/tensor';
import { Module } from '../module.ts';
import { nameOf, checkShape, checkInteger } from './check-shape.ts';

export interface PixelShuffleOptions {
  /** Side length of a block of pixels. */
  readonly factor: number;
}

/** Rearranges channels into pixels: [batch, channels · factor², height, width] → [batch, channels, height · factor, width · factor]. (Shi et al. 2016) */
export class PixelShuffle extends Module {
  private readonly factor: number;
  constructor({ factor }: PixelShuffleOptions) {
    super();
    checkInteger('PixelShuffle', { factor });
    this.factor = factor;
  }
  override forward(x: Tensor): Tensor {
    checkShape(this, x, ['batch', 'channels', 'height', 'width']);
    if (x.shape[1]! % this.factor ** 2)
      throw new Error(
        `${nameOf(this)} expects channels divisible by ${this.factor ** 2}, got [${x.shape.join(', ')}].`,
      );
    return scope(() => depthToSpace(x, this.factor, 'channels'));
  }
}

/** The inverse of {@link PixelShuffle}. */
export class PixelUnshuffle extends Module {
  private readonly factor: number;
  constructor({ factor }: PixelShuffleOptions) {
    super();
    checkInteger('PixelUnshuffle', { factor });
    this.factor = factor;
  }
  override forward(x: Tensor): Tensor {
    checkShape(this, x, ['batch', 'channels', 'height', 'width']);
    if (x.shape[2]! % this.factor || x.shape[3]! % this.factor)
      throw new Error(
        `${nameOf(this)} expects a height and a width divisible by ${this.factor}, got [${x.shape.join(', ')}].`,
      );
    return scope(() => spaceToDepth(x, this.factor, 'channels'));
  }
}
