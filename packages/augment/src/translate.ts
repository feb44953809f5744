import { shareOption } from './affine.ts';
import { type Fill, fillOption } from './fill.ts';
import { geometric, type GeometricOptions, type GeometricTransform } from './geometric.ts';

/** Options of {@link translate}. */
export interface TranslateOptions extends GeometricOptions {
  /** Maximum shift in either direction, as a fraction of width and height; one number for both. */
  readonly translate: number | readonly [x: number, y: number];
  /** Fill for areas outside the image; default black. */
  readonly fill?: Fill;
}

/** Shifts an image by a random amount, with subpixel precision. */
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
