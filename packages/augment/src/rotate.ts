import { type Image, rangeOption, readOptions, type Transform } from '@graft/data';
import { mapping, type Range } from './affine.ts';
import { type Fill, fillOption } from './fill.ts';
import { warp } from './warp.ts';

export interface RotateOptions {
  /** Degrees, clockwise; a number is ± that. */
  readonly degrees: Range;
  /** What comes in from outside; black unless told. */
  readonly fill?: Fill;
}

/** Rotates an image around its middle by a random angle, keeping its size. */
export function rotate(options: RotateOptions): Transform<Image> {
  const { degrees, fill } = readOptions('rotate', options, { degrees: rangeOption(undefined, { centre: 0 }), fill: fillOption });
  return (image, random) => {
    const angle = random.range(degrees[0], degrees[1]);
    return warp(image, mapping(image, image, { angle, shift: [0, 0], zoom: 1, slant: 0 }), image.width, image.height, fill);
  };
}
