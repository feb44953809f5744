import { boxMove } from './crop.ts';
import { type Fill, fillOption } from './fill.ts';
import { geometric, type GeometricOptions, type GeometricTransform } from './geometric.ts';
import { type Padding, paddingOption } from './pad.ts';
import { type Size, sizeOption } from './size.ts';

/** Options of {@link randomCrop}. */
export interface RandomCropOptions extends GeometricOptions {
  readonly size: Size;
  /** Pixels to add around the image before cropping; default 0. */
  readonly padding?: Padding;
  /** Fill around a padded or smaller image; default black. */
  readonly fill?: Fill;
}

/** Crops an image at a random position. A smaller image is padded with `fill` at random. */
export const randomCrop = (options: RandomCropOptions): GeometricTransform =>
  geometric(
    'randomCrop',
    options,
    { size: sizeOption(), padding: paddingOption(0), fill: fillOption },
    ({ size, padding }, { width, height }, random) => {
      const place = (room: number): number => Math.sign(room) * random.int(Math.abs(room) + 1);
      return boxMove({
        left: place(width + padding.left + padding.right - size.width) - padding.left,
        top: place(height + padding.top + padding.bottom - size.height) - padding.top,
        ...size,
      });
    },
  );
