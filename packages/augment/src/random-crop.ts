import { type Image, readOptions, type Transform } from '@graft/data';
import { crop } from './crop.ts';
import { type Fill, fillOption } from './fill.ts';
import { type Padding, padded, paddingOption } from './pad.ts';
import { type Size, sizeOption } from './size.ts';

export interface RandomCropOptions {
  readonly size: Size;
  /** Pixels to add around the image first; none unless told. */
  readonly padding?: Padding;
  /** What surrounds a padded or smaller image; black unless told. */
  readonly fill?: Fill;
}

/** A part of an image at a random place. A smaller image is put at a random place in `fill`. */
export function randomCrop(options: RandomCropOptions): Transform<Image> {
  const { size, padding, fill } = readOptions('randomCrop', options, { size: sizeOption(), padding: paddingOption(0), fill: fillOption });
  return (image, random) => {
    const wide = padded(image, padding, fill);
    const place = (room: number): number => Math.sign(room) * random.int(Math.abs(room) + 1);
    return crop(wide, { left: place(wide.width - size.width), top: place(wide.height - size.height), ...size }, fill);
  };
}
