import { type Image, imageTransform, readOptions, type Transform } from '@graft/data';
import { type Fill, fillOption } from './fill.ts';
import { applyOne, bits, enhancements, type Space, threshold, unscaled, upTo } from './operations.ts';

/** Options of {@link trivialAugment}. */
export interface TrivialAugmentOptions {
  /** Fill for areas outside the image; default black. */
  readonly fill?: Fill;
}

export const trivialAugmentSpace: Space = {
  ...unscaled,
  ...enhancements(0.99),
  shearX: upTo(0.99),
  shearY: upTo(0.99),
  rotate: upTo(135),
  translateX: upTo(32),
  translateY: upTo(32),
  posterize: bits(8, 6),
  solarize: threshold,
};

/** Applies one random operation out of 14 with one of 31 magnitudes (Müller and Hutter 2021, with the ranges of torchvision's `TrivialAugmentWide`). */
export function trivialAugment(options: TrivialAugmentOptions = {}): Transform<Image> {
  const { fill } = readOptions('trivialAugment', options, { fill: fillOption });
  return imageTransform('trivialAugment', (image, random) =>
    applyOne(trivialAugmentSpace, image, (stream) => stream.int(31) / 30, fill, random),
  );
}
