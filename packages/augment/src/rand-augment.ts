import { type Image, imageTransform, numberOption, readOptions, type Transform } from '@graft/data';
import { type Fill, fillOption } from './fill.ts';
import { applyOne, bits, enhancements, repeated, type Space, threshold, unscaled, upTo } from './operations.ts';

/** Options of {@link randAugment}. */
export interface RandAugmentOptions {
  /** Number of operations applied in sequence; default 2. */
  readonly operations?: number;
  /** Strength of each operation, 0 to 30; default 9. */
  readonly magnitude?: number;
  /** Fill for areas outside the image; default black. */
  readonly fill?: Fill;
}

export const randAugmentSpace: Space = {
  ...unscaled,
  ...enhancements(0.9),
  shearX: upTo(0.3),
  shearY: upTo(0.3),
  rotate: upTo(30),
  translateX: (share, { width }) => (150 / 331) * width * share,
  translateY: (share, { height }) => (150 / 331) * height * share,
  posterize: bits(8, 4),
  solarize: threshold,
};

/** Applies random operations out of 14, all with the same magnitude (Cubuk et al. 2019, with the ranges of torchvision's `RandAugment`). */
export function randAugment(options: RandAugmentOptions = {}): Transform<Image> {
  const { operations, magnitude, fill } = readOptions('randAugment', options, {
    operations: numberOption(2, { min: 0, max: 100, integer: true }),
    magnitude: numberOption(9, { min: 0, max: 30 }),
    fill: fillOption,
  });
  return imageTransform('randAugment', (image, random) =>
    repeated(image, operations, (current) => applyOne(randAugmentSpace, current, () => magnitude / 30, fill, random)),
  );
}
