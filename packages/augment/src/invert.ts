import { brightness, type Image, imageTransform, readOptions, type Transform } from '@graft/data';
import { probabilityOption } from './probability.ts';

export interface InvertOptions {
  /** How often, from 0 to 1; default always. */
  readonly probability?: number;
}

/** Turns black to white and white to black. */
export function invert(options: InvertOptions = {}): Transform<Image> {
  const { probability } = readOptions('invert', options, { probability: probabilityOption(1) });
  return imageTransform('invert', (image, random) => {
    if (random.next() >= probability) return image;
    const white = brightness(image, 255);
    return { ...image, data: image.data.map((value) => white - value) };
  });
}
