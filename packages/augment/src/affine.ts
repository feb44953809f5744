import { type Image, type OptionReader, rangeOption, readOptions, type Transform } from '@graft/data';
import { type Fill, fillOption } from './fill.ts';
import { scale as scaleTo, whole } from './scale.ts';
import { optional, type Size, sizeOption } from './size.ts';
import { type Mapping, warp } from './warp.ts';

/** From and to; one number stands for as much on both sides. */
export type Range = number | readonly [low: number, high: number];

export interface AffineOptions {
  /** Rotation in degrees, clockwise; a number is ± that. 0 unless told. */
  readonly degrees?: Range;
  /** Shift as a share of width and height: ± one number for both, or ± one for each. 0 unless told. */
  readonly translate?: number | readonly [x: number, y: number];
  /** Zoom; a number is 1 ± that. 1 unless told. */
  readonly scale?: Range;
  /** Slant of upright lines in degrees; a number is ± that. 0 unless told. */
  readonly shear?: Range;
  /** What comes in from outside; black unless told. */
  readonly fill?: Fill;
  /** The size of the result, in the same pass; the image's own unless told. */
  readonly size?: Size;
}

/** Rotates, shifts, zooms and slants an image at random around its middle, in one resampling. */
export function affine(options: AffineOptions = {}): Transform<Image> {
  const { degrees, translate, scale, shear, fill, size } = readOptions('affine', options, {
    degrees: rangeOption(0, { centre: 0 }),
    translate: translateOption,
    scale: rangeOption(0, { centre: 1, min: 1e-3 }),
    shear: rangeOption(0, { centre: 0, min: -89, max: 89 }),
    fill: fillOption,
    size: optional(sizeOption()),
  });
  return (image, random) => {
    const angle = random.range(degrees[0], degrees[1]);
    const shift = translate.map((most) => random.range(-most, most)) as [number, number];
    const zoom = random.range(scale[0], scale[1]);
    const slant = random.range(shear[0], shear[1]);
    const { width, height } = size ?? image;
    const place = (source: Image): Image =>
      warp(source, mapping(source, { width, height }, { angle, shift, zoom, slant }), width, height, fill);
    if (width * height >= image.width * image.height) return place(image);
    // Taking single pixels out of a larger image would skip the others.
    const smaller = scaleTo(image, whole(image), width, height);
    return smaller instanceof Promise ? smaller.then(place) : place(smaller);
  };
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
export function mapping(source: { width: number; height: number }, result: { width: number; height: number }, { angle, shift, zoom, slant }: Placement): Mapping {
  const radians = (value: number): number => (value * Math.PI) / 180;
  const [cos, sin, tan] = [Math.cos(radians(angle)), Math.sin(radians(angle)), Math.tan(radians(slant))];
  // The forward matrix zoom · [cos, -cos·tan - sin; sin, -sin·tan + cos] has determinant zoom².
  const [a, b, d, e] = [(cos - sin * tan) / zoom, (sin + cos * tan) / zoom, -sin / zoom, cos / zoom];
  const [stretchX, stretchY] = [source.width / result.width, source.height / result.height];
  const [middleX, middleY] = [source.width / 2, source.height / 2];
  const [fromX, fromY] = [middleX + shift[0] * source.width, middleY + shift[1] * source.height];
  return [a * stretchX, b * stretchY, middleX - a * fromX - b * fromY, d * stretchX, e * stretchY, middleY - d * fromX - e * fromY];
}

const translateOption: OptionReader<readonly [number, number]> = (value = 0) => {
  const both = typeof value === 'number' ? [value, value] : value;
  if (Array.isArray(both) && both.length === 2 && both.every((share) => typeof share === 'number' && share >= 0 && share <= 1)) return [both[0], both[1]];
  throw new Error('a share of the size from 0 to 1, or [x, y]');
};
