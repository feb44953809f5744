import { blank, brightness, type Image, type OptionReader, rangeOption, type Transform } from '@graft/data';
import { type Fill, fillFor, fillOption } from './fill.ts';
import { randomBox } from './random-resized-crop.ts';
import { sometimes, type SometimesOptions } from './sometimes.ts';

/** Options of {@link randomErasing}. */
export interface RandomErasingOptions extends SometimesOptions {
  /** Range of the erased area as a fraction of the image; default [0.02, 0.33]. */
  readonly scale?: readonly [low: number, high: number];
  /** Range of the aspect ratio, width divided by height; default [0.3, 3.3]. Use [1, 1] for the squares of cutout. */
  readonly ratio?: readonly [low: number, high: number];
  /** The replacement: a colour, or `noise` for random values; default black. */
  readonly fill?: Fill | 'noise';
}

/** Erases a random box, by default with probability 0.5 (Zhong et al. 2017). With `ratio: [1, 1]`, this is cutout. Annotations are unchanged. */
export const randomErasing = (options: RandomErasingOptions = {}): Transform<Image> =>
  sometimes(
    'randomErasing',
    options,
    0.5,
    {
      scale: rangeOption([0.02, 0.33], { min: 1e-6, max: 1 }),
      ratio: rangeOption([0.3, 3.3], { min: 1e-3, max: 1e3 }),
      fill: fillOrNoise,
    },
    (image, { scale, ratio, fill }, random) => {
      const { left, top, width, height } = randomBox(image, scale, ratio, random);
      const data = blank(image, image.width, image.height);
      data.set(image.data);
      const colour = fill === 'noise' ? undefined : fillFor(image, fill);
      const levels = brightness(image, 255);
      for (let y = top; y < top + height; y++)
        for (let x = left; x < left + width; x++)
          for (let c = 0; c < image.channels; c++)
            data[(y * image.width + x) * image.channels + c] = colour
              ? colour[c]!
              : data instanceof Uint8Array
                ? random.int(256)
                : levels * random.next();
      return { ...image, data };
    },
  );

const fillOrNoise: OptionReader<Fill | 'noise'> = (value) => {
  if (value === 'noise') return value;
  try {
    return fillOption(value);
  } catch (error) {
    throw new Error(`${(error as Error).message}, or "noise"`, { cause: error });
  }
};
