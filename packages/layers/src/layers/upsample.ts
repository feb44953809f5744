import { resample, scope, type Sampling, type Tensor } from '@graft/tensor';
import { Module } from '../module.ts';
import { dimensionNames, nameOf, wantShape } from './want-shape.ts';

/** Options of {@link Upsample}. */
export interface UpsampleOptions {
  /** Of the result behind batch and channels: one number for all dimensions, or one for each. Or a factor. */
  readonly size?: number | readonly number[];
  /** Times the input's size. */
  readonly scaleFactor?: number | readonly number[];
  readonly mode?: 'nearest' | 'linear' | 'bilinear' | 'bicubic' | 'trilinear';
  /** Whether the first and last elements stay where they are; else each element stands in the middle of its part. */
  readonly alignCorners?: boolean;
}

/** How many dimensions a mode is for; `nearest` is for any. */
const modes: Readonly<
  Record<NonNullable<UpsampleOptions['mode']>, { readonly dims?: number; readonly mode: Sampling['mode'] }>
> = {
  nearest: { mode: 'nearest' },
  linear: { mode: 'linear', dims: 1 },
  bilinear: { mode: 'linear', dims: 2 },
  bicubic: { mode: 'cubic', dims: 2 },
  trilinear: { mode: 'linear', dims: 3 },
};

/** [batch, channels, ...] in another size, by PyTorch's rules of interpolation. */
export class Upsample extends Module {
  private readonly options: UpsampleOptions;
  private readonly mode: NonNullable<UpsampleOptions['mode']>;

  constructor({ mode = 'nearest', ...options }: UpsampleOptions) {
    super();
    if (!Object.hasOwn(modes, mode))
      throw new Error(`Upsample wants as mode one of ${Object.keys(modes).join(', ')}, got "${mode}".`);
    if ((options.size === undefined) === (options.scaleFactor === undefined))
      throw new Error(
        `Upsample wants either a size or a scaleFactor, got ${options.size === undefined ? 'neither' : 'both'}.`,
      );
    for (const [name, value] of Object.entries({ size: options.size, scaleFactor: options.scaleFactor }))
      for (const one of [value ?? 1].flat())
        if (!(one > 0) || (name === 'size' && !Number.isInteger(one)))
          throw new Error(
            `Upsample wants as ${name} ${name === 'size' ? 'whole numbers from 1 on' : 'numbers above 0'}, got ${String(value)}.`,
          );
    if (mode === 'nearest' && options.alignCorners)
      throw new Error('Upsample with mode nearest has no corners to align. Leave alignCorners out, or use bilinear.');
    this.options = options;
    this.mode = mode;
  }

  override forward(x: Tensor): Tensor {
    const { mode, dims } = modes[this.mode];
    const { size, scaleFactor, alignCorners = false } = this.options;
    if (dims !== undefined) wantShape(this, x, ['batch', 'channels', ...dimensionNames(dims)]);
    else if (x.rank < 3)
      throw new Error(`${nameOf(this)} wants [batch, channels, length, ...], got [${x.shape.join(', ')}].`);
    const lengths = x.shape.slice(2);
    const given = [size ?? scaleFactor!].flat() as readonly number[];
    if (given.length !== 1 && given.length !== lengths.length)
      throw new Error(
        `${nameOf(this)} got ${given.length} numbers as ${size === undefined ? 'scaleFactor' : 'size'}, and an input of [${x.shape.join(', ')}] wants 1 or ${lengths.length}.`,
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
