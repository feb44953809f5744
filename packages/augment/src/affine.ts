import { type OptionReader, rangeOption } from '@graft/data';
import { type Fill, fillOption } from './fill.ts';
import { geometric, type GeometricOptions, type GeometricTransform } from './geometric.ts';
import type { Matrix } from './matrix.ts';
import { optional, type Size, sizeOption } from './size.ts';

/** A range to draw from. One number means ± that value around the neutral one. */
export type Range = number | readonly [low: number, high: number];

/** Options of {@link affine}. */
export interface AffineOptions extends GeometricOptions {
  /** Rotation in degrees, clockwise; one number means ± that. Default 0. */
  readonly degrees?: Range;
  /** Maximum shift in either direction, as a fraction of width and height; one number for both. Default 0. */
  readonly translate?: number | readonly [x: number, y: number];
  /** Zoom factor; one number means 1 ± that. Default 1. */
  readonly scale?: Range;
  /** Angle by which vertical lines are slanted, in degrees; one number means ± that. Default 0. */
  readonly shear?: Range;
  /** Fill for areas outside the image; default black. */
  readonly fill?: Fill;
  /** Size of the result, scaled in the same resampling; by default the size of the image. */
  readonly size?: Size;
}

/** Rotates, shifts, zooms and shears an image around its centre by random amounts, in one resampling. */
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

/** Parameters of an affine map. */
export interface Placement {
  /** Degrees, clockwise. */
  readonly angle: number;
  /** Fractions of width and height. */
  readonly shift: readonly [x: number, y: number];
  readonly zoom: number;
  /** Degrees. */
  readonly slant: number;
}

/** The inverse map, from the result to the source. The forward map is rotation · shear · zoom around the centre, then the shift, as in torchvision. */
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

/** Reads a fraction of width and of height, or one for both; required if there is no `fallback`. */
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
    throw new Error('a fraction of the size from 0 to 1, or [x, y]');
  };
