import { rangeOption } from '@graft/data';
import type { Range } from './affine.ts';
import { type Fill, fillOption } from './fill.ts';
import { geometric, type GeometricOptions, type GeometricTransform } from './geometric.ts';
import { around } from './matrix.ts';

/** Options of {@link shear}. */
export interface ShearOptions extends GeometricOptions {
  /** Angle by which vertical lines are slanted, in degrees; one number means ± that. Default 0. */
  readonly x?: Range;
  /** Angle by which horizontal lines are slanted, in degrees; one number means ± that. Default 0. */
  readonly y?: Range;
  /** Fill for areas outside the image; default black. */
  readonly fill?: Fill;
}

/** Shears an image around its centre by random angles, keeping its size. */
export function shear(options: ShearOptions): GeometricTransform {
  const angle = rangeOption(0, { centre: 0, min: -80, max: 80 });
  return geometric(
    'shear',
    options,
    { x: angle, y: angle, fill: fillOption },
    ({ x, y }, { width, height }, random) => {
      const slope = (range: readonly [number, number]): number =>
        Math.tan((random.range(range[0], range[1]) * Math.PI) / 180);
      const [across, down] = [slope(x), slope(y)];
      // First horizontally, then vertically: the inverse of [1, -across; -down, 1 + across · down], whose determinant is 1.
      return {
        back: around(width / 2, height / 2, [1 + across * down, across, 0, down, 1, 0, 0, 0, 1]),
        width,
        height,
      };
    },
  );
}
