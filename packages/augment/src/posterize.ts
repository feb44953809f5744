import { type Image, numberOption, type Transform } from '@graft/data';
import { bytesOf, throughTables } from './levels.ts';
import { sometimes, type SometimesOptions } from './sometimes.ts';

export interface PosterizeOptions extends SometimesOptions {
  /** How many bits of each value stay, 0 to 8. */
  readonly bits: number;
}

/** Keeps the upper bits of each value, by default half of the time (torchvision's `RandomPosterize`). */
export const posterize = (options: PosterizeOptions): Transform<Image> =>
  sometimes(
    'posterize',
    options,
    0.5,
    { bits: numberOption(undefined, { min: 0, max: 8, integer: true }) },
    (image, { bits }) => posterized(image, bits),
  );

export const posterized = (image: Image, bits: number): Image =>
  throughTables(image, bytesOf('posterize', image), [
    Uint8Array.from({ length: 256 }, (_, level) => level & ~(2 ** (8 - bits) - 1)),
  ]);
