import { type Image, numberOption, type Transform } from '@graft/data';
import { bytesOf, throughTables } from './levels.ts';
import { sometimes, type SometimesOptions } from './sometimes.ts';

/** Options of {@link posterize}. */
export interface PosterizeOptions extends SometimesOptions {
  /** Number of bits to keep of each value, 0 to 8. */
  readonly bits: number;
}

/** Keeps only the upper bits of each value, by default with probability 0.5 (torchvision's `RandomPosterize`). */
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
