import { type Image, numberOption, type Transform } from '@graft/data';
import { bytesOf, throughTables } from './levels.ts';
import { sometimes, type SometimesOptions } from './sometimes.ts';

/** Options of {@link solarize}. */
export interface SolarizeOptions extends SometimesOptions {
  /** Levels from this one on are inverted, 0 to 256; default 128. */
  readonly threshold?: number;
}

/** Inverts levels at or above a threshold, by default with probability 0.5 (torchvision's `RandomSolarize`). */
export const solarize = (options: SolarizeOptions = {}): Transform<Image> =>
  sometimes('solarize', options, 0.5, { threshold: numberOption(128, { min: 0, max: 256 }) }, (image, { threshold }) =>
    solarized(image, threshold),
  );

export const solarized = (image: Image, threshold: number): Image =>
  throughTables(image, bytesOf('solarize', image), [
    Uint8Array.from({ length: 256 }, (_, level) => (level < threshold ? level : 255 - level)),
  ]);
