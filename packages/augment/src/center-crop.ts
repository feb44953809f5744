import { type Image, readOptions, type Transform } from '@graft/data';
import { crop } from './crop.ts';
import { type Fill, fillOption } from './fill.ts';
import { type Size, sizeOption } from './size.ts';

export interface CenterCropOptions {
  readonly size: Size;
  /** What surrounds a smaller image; black unless told. */
  readonly fill?: Fill;
}

/** The middle of an image. A smaller image is put into the middle of `fill`. */
export function centerCrop(options: CenterCropOptions): Transform<Image> {
  const { size, fill } = readOptions('centerCrop', options, { size: sizeOption(), fill: fillOption });
  return (image) => crop(image, { left: Math.round((image.width - size.width) / 2), top: Math.round((image.height - size.height) / 2), ...size }, fill);
}
