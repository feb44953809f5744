import { type Image, readOptions, type Transform } from '@graft/data';
import { crop } from './crop.ts';
import { type Fill, fillOption } from './fill.ts';
import { scale, whole } from './scale.ts';
import { type Size, sizeOption } from './size.ts';

export interface ResizeToFitOptions {
  readonly size: Size;
  /** What the bars beside the image are; black unless told. */
  readonly fill?: Fill;
}

/** Scales an image to fit into a size, keeping proportions, and fills the bars that are left on both sides (letterbox). */
export function resizeToFit(options: ResizeToFitOptions): Transform<Image> {
  const { size, fill } = readOptions('resizeToFit', options, { size: sizeOption(), fill: fillOption });
  return (image) => {
    const factor = Math.min(size.width / image.width, size.height / image.height);
    const width = Math.max(1, Math.round(image.width * factor));
    const height = Math.max(1, Math.round(image.height * factor));
    const box = { left: Math.ceil((width - size.width) / 2), top: Math.ceil((height - size.height) / 2), ...size };
    const scaled = scale(image, whole(image), width, height);
    return scaled instanceof Promise ? scaled.then((ready) => crop(ready, box, fill)) : crop(scaled, box, fill);
  };
}
