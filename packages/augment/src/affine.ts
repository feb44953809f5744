import { type OptionReader, rangeOption } from '@graft/data';
import { type Fill, fillOption } from './fill.ts';
import { geometric, type GeometricOptions, type GeometricTransform } from './geometric.ts';
import type { Matrix } from './matrix.ts';
import { optional, type Size, sizeOption } from './size.ts';

/** From and to; one number stands for as much on both sides. */
export type Range = number | readonly [low: number, high: number];

export interface AffineOptions extends GeometricOptions {
  /** Rotation in degrees, clockwise; a number is ± that. Default 0. */
  readonly degrees?: Range;
  /** Shift as a share of width and height: ± one number for both, or ± one for each. Default 0. */
  readonly translate?: number | readonly [x: number, y: number];
  /** Zoom; a number is 1 ± that. Default 1. */
  readonly scale?: Range;
  /** Slant of upright lines in degrees; a number is ± that. Default 0. */
  readonly shear?: Range;
  /** Fill for areas outside the image; default black. */
  readonly fill?: Fill;
  /** The size of the result, in the same pass; default the image's own. */
  readonly size?: Size;
}

/** Rotates, shifts, zooms and slants an image at random around its middle, in one resampling. */
export function affine(options: AffineOptions = {}): GeometricTransform {
  return geometric(
    'affine',
    options,
    {
      degrees: rangeOption(0, { centre: 0 }),
      translate: shareOption(0),
      scale: rangeOption(0, { centre: 1, min: 1e-3 }),
      shear: rangeOption(0, { centre: 0, min: -89, max: 89 }),
      fill: fillOption,
      size: optional(sizeOption()),
    },
    ({ degrees, translate, scale, shear, size }, source, random) => {
      const angle = random.range(degrees[0], degrees[1]);
      const shift = translate.map((most) => random.range(-most, most)) as [number, number];
      const zoom = random.range(scale[0], scale[1]);
      const slant = random.range(shear[0], shear[1]);
      const { width, height } = size ?? source;
      return { back: mapping(source, { width, height }, { angle, shift, zoom, slant }), width, height };
    },
  );
}

export interface Placement {
  /** Degrees, clockwise. */
  readonly angle: number;
  /** Shares of width and height. */
  readonly shift: readonly [x: number, y: number];
  readonly zoom: number;
  /** Degrees. */
  readonly slant: number;
}

/** The way back from the result to the source: rotation · shear · zoom around the middle, then the shift, inverted, as torchvision has it. */
export function mapping(
  source: { width: number; height: number },
  result: { width: number; height: number },
  { angle, shift, zoom, slant }: Placement,
): Matrix {
  const radians = (value: number): number => (value * Math.PI) / 180;
  const [cos, sin, tan] = [Math.cos(radians(angle)), Math.sin(radians(angle)), Math.tan(radians(slant))];
  // The forward matrix zoom · [cos, -cos·tan - sin; sin, -sin·tan + cos] has determinant zoom².
  const [a, b, d, e] = [(cos - sin * tan) / zoom, (sin + cos * tan) / zoom, -sin / zoom, cos / zoom];
  const [stretchX, stretchY] = [source.width / result.width, source.height / result.height];
  const [middleX, middleY] = [source.width / 2, source.height / 2];
  const [fromX, fromY] = [middleX + shift[0] * source.width, middleY + shift[1] * source.height];
  return [
    a * stretchX,
    b * stretchY,
    middleX - a * fromX - b * fromY,
    d * stretchX,
    e * stretchY,
    middleY - d * fromX - e * fromY,
    0,
    0,
    1,
  ];
}

/** A share of width and of height, or one for both; required where there is no `fallback`. */
export const shareOption =
  (fallback?: number): OptionReader<readonly [x: number, y: number]> =>
  (value = fallback) => {
    const both = typeof value === 'number' ? [value, value] : value;
    if (
      Array.isArray(both) &&
      both.length === 2 &&
      both.every((share) => typeof share === 'number' && share >= 0 && share <= 1)
    )
      return [both[0], both[1]];
    throw new Error('a share of the size from 0 to 1, or [x, y]');
  };
