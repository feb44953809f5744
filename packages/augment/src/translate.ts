import { shareOption } from './affine.ts';
import { type Fill, fillOption } from './fill.ts';
import { geometric, type GeometricOptions, type GeometricTransform } from './geometric.ts';

export interface TranslateOptions extends GeometricOptions {
  /** Shift as a share of width and height: ± one number for both, or ± one for each. */
  readonly translate: number | readonly [x: number, y: number];
  /** Fill for areas outside the image; default black. */
  readonly fill?: Fill;
}

/** Shifts an image at random, by parts of pixels, too. */
export const translate = (options: TranslateOptions): GeometricTransform =>
  geometric(
    'translate',
    options,
    { translate: shareOption(), fill: fillOption },
    ({ translate: [x, y] }, { width, height }, random) => ({
      back: [1, 0, -random.range(-x, x) * width, 0, 1, -random.range(-y, y) * height, 0, 0, 1],
      width,
      height,
    }),
  );
