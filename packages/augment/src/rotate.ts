import { rangeOption } from '@graft/data';
import { mapping, type Range } from './affine.ts';
import { type Fill, fillOption } from './fill.ts';
import { geometric, type GeometricOptions, type GeometricTransform } from './geometric.ts';

/** Options of {@link rotate}. */
export interface RotateOptions extends GeometricOptions {
  /** Degrees, clockwise; one number means ± that. */
  readonly degrees: Range;
  /** Fill for areas outside the image; default black. */
  readonly fill?: Fill;
}

/** Rotates an image around its centre by a random angle, keeping its size. */
export const rotate = (options: RotateOptions): GeometricTransform =>
  geometric(
    'rotate',
    options,
    { degrees: rangeOption(undefined, { centre: 0 }), fill: fillOption },
    ({ degrees }, { width, height }, random) => ({
      back: mapping(
        { width, height },
        { width, height },
        { angle: random.range(degrees[0], degrees[1]), shift: [0, 0], zoom: 1, slant: 0 },
      ),
      width,
      height,
    }),
  );
