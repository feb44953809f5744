import { boxMove } from './crop.ts';
import { type Fill, fillOption } from './fill.ts';
import { geometric, type GeometricOptions, type GeometricTransform } from './geometric.ts';
import { type Size, sizeOption } from './size.ts';

/** Options of {@link centerCrop}. */
export interface CenterCropOptions extends GeometricOptions {
  readonly size: Size;
  /** Fill around a smaller image; default black. */
  readonly fill?: Fill;
}

/** Crops the centre of an image. A smaller image is padded with `fill`. */
export const centerCrop = (options: CenterCropOptions): GeometricTransform =>
  geometric('centerCrop', options, { size: sizeOption(), fill: fillOption }, ({ size }, { width, height }) =>
    boxMove({ left: halfOf(width - size.width), top: halfOf(height - size.height), ...size }),
  );

/** Half of an integer, of two equally near integers the even one, as in torchvision. */
function halfOf(value: number): number {
  const low = Math.floor(value / 2);
  return value % 2 === 0 ? low : low + Math.abs(low % 2);
}
