import { rangeOption } from '@graft/data';
import type { Range } from './affine.ts';
import { type Fill, fillOption } from './fill.ts';
import { geometric, type GeometricOptions, type GeometricTransform } from './geometric.ts';
import { around } from './matrix.ts';

/** Options of {@link zoom}. */
export interface ZoomOptions extends GeometricOptions {
  /** Factor, above 1 to zoom in; one number means 1 ± that. */
  readonly scale: Range;
  /** Fill for areas outside the image; default black. */
  readonly fill?: Fill;
}

/** Zooms an image around its centre by a random factor, keeping its size. */
export const zoom = (options: ZoomOptions): GeometricTransform =>
  geometric(
    'zoom',
    options,
    { scale: rangeOption(undefined, { centre: 1, min: 1e-3 }), fill: fillOption },
    ({ scale }, { width, height }, random) => {
      const step = 1 / random.range(scale[0], scale[1]);
      return { back: around(width / 2, height / 2, [step, 0, 0, 0, step, 0, 0, 0, 1]), width, height };
    },
  );
