import { brightness, type Image, imageTransform, readOptions, type Transform } from '@graft/data';
import { probabilityOption } from './probability.ts';

/** Options of {@link invert}. */
export interface InvertOptions {
  /** Probability of applying the transform; default 1. */
  readonly probability?: number;
}

/** Inverts all values: black becomes white. */
export function invert(options: InvertOptions = {}): Transform<Image> {
  const { probability } = readOptions('invert', options, { probability: probabilityOption(1) });
  return imageTransform('invert', (image, random) => {
    if (random.next() >= probability) return image;
    const white = brightness(image, 255);
    return { ...image, data: image.data.map((value) => white - value) };
  });
}
