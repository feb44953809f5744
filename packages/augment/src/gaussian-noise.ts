import { blank, brightness, type Image, numberOption, rangeOption, type Transform } from '@graft/data';
import { sometimes, type SometimesOptions } from './sometimes.ts';

/** Options of {@link gaussianNoise}. */
export interface GaussianNoiseOptions extends SometimesOptions {
  /** Standard deviation on a scale of 0 to 1, or a range of it; default 0.1. */
  readonly sigma?: number | readonly [low: number, high: number];
  /** Mean of the noise on a scale of 0 to 1; default 0. */
  readonly mean?: number;
}

/** Adds Gaussian noise to every value and clips the result, by default with probability 1. */
export const gaussianNoise = (options: GaussianNoiseOptions = {}): Transform<Image> =>
  sometimes(
    'gaussianNoise',
    options,
    1,
    {
      sigma: (value = 0.1) =>
        rangeOption(undefined, { min: 0, max: 10 })(typeof value === 'number' ? [value, value] : value),
      mean: numberOption(0, { min: -1, max: 1 }),
    },
    (image, { sigma, mean }, random) => {
      const [white, deviation] = [brightness(image, 255), random.range(sigma[0], sigma[1])];
      const data = blank(image, image.width, image.height);
      const rounding = data instanceof Uint8Array ? 0.5 : 0;
      for (let i = 0; i < data.length; i++)
        data[i] =
          Math.min(Math.max(image.data[i]! + white * (mean + deviation * random.normal()), 0), white) + rounding;
      return { ...image, data };
    },
  );
