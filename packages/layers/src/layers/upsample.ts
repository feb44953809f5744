import { resample, scope, type Sampling, type Tensor } from '@graft/tensor';
import { Module } from '../module.ts';
import { dimensionNames, nameOf, checkShape } from './check-shape.ts';

/** Options of {@link Upsample}. */
export interface UpsampleOptions {
  /** Output size after batch and channels: one number for all dimensions, or one for each. Give either this or a factor. */
  readonly size?: number | readonly number[];
  /** Multiplies the input's size. */
  readonly scaleFactor?: number | readonly number[];
  readonly mode?: 'nearest' | 'linear' | 'bilinear' | 'bicubic' | 'trilinear';
  /** Whether corner elements stay in place; otherwise elements are the centres of their cells. */
  readonly alignCorners?: boolean;
}

/** The number of dimensions that each mode supports; `nearest` supports any. */
const modes: Readonly<
  Record<NonNullable<UpsampleOptions['mode']>, { readonly dims?: number; readonly mode: Sampling['mode'] }>
> = {
  nearest: { mode: 'nearest' },
  linear: { mode: 'linear', dims: 1 },
  bilinear: { mode: 'linear', dims: 2 },
  bicubic: { mode: 'cubic', dims: 2 },
  trilinear: { mode: 'linear', dims: 3 },
};

/** Resizes [batch, channels, ...] by PyTorch's rules of interpolation. */
export class Upsample extends Module {
  private readonly options: UpsampleOptions;
  private readonly mode: NonNullable<UpsampleOptions['mode']>;

  constructor({ mode = 'nearest', ...options }: UpsampleOptions) {
    super();
    if (!Object.hasOwn(modes, mode))
      throw new Error(`Upsample expects mode to be one of ${Object.keys(modes).join(', ')}, got "${mode}".`);
    if ((options.size === undefined) === (options.scaleFactor === undefined))
      throw new Error(
        `Upsample expects either a size or a scaleFactor, got ${options.size === undefined ? 'neither' : 'both'}.`,
      );
    for (const [name, value] of Object.entries({ size: options.size, scaleFactor: options.scaleFactor }))
      for (const one of [value ?? 1].flat())
        if (!(one > 0) || (name === 'size' && !Number.isInteger(one)))
          throw new Error(
            `Upsample expects ${name} to be ${name === 'size' ? 'positive integers' : 'numbers above 0'}, got ${String(value)}.`,
          );
    if (mode === 'nearest' && options.alignCorners)
      throw new Error('Upsample with mode nearest does not support alignCorners. Omit it, or use bilinear.');
    this.options = options;
    this.mode = mode;
  }

  override forward(x: Tensor): Tensor {
    const { mode, dims } = modes[this.mode];
    const { size, scaleFactor, alignCorners = false } = this.options;
    if (dims !== undefined) checkShape(this, x, ['batch', 'channels', ...dimensionNames(dims)]);
    else if (x.rank < 3)
      throw new Error(`${nameOf(this)} expects [batch, channels, length, ...], got [${x.shape.join(', ')}].`);
    const lengths = x.shape.slice(2);
    const given = [size ?? scaleFactor!].flat() as readonly number[];
    if (given.length !== 1 && given.length !== lengths.length)
      throw new Error(
        `${nameOf(this)} got ${given.length} numbers as ${size === undefined ? 'scaleFactor' : 'size'}, but an input of [${x.shape.join(', ')}] needs 1 or ${lengths.length}.`,
      );
    const each = lengths.map((_, i) => given[given.length === 1 ? 0 : i]!);
    const sizes = size === undefined ? lengths.map((length, i) => Math.floor(length * each[i]!)) : each;
    const scales = size === undefined ? each : sizes.map((length, i) => length / lengths[i]!);
    const sampling: Sampling =
      mode === 'nearest'
        ? { mode, coordinates: 'asymmetric', nearest: 'floor' }
        : { mode, coordinates: alignCorners ? 'align_corners' : 'half_pixel' };
    return scope(() => resample(x, [...x.shape.slice(0, 2), ...sizes], [1, 1, ...scales], sampling));
  }
}
