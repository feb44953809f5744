import { blank, brightness, type Image, type OptionReader, rangeOption, type Transform } from '@graft/data';
import { type Fill, fillFor, fillOption } from './fill.ts';
import { randomBox } from './random-resized-crop.ts';
import { sometimes, type SometimesOptions } from './sometimes.ts';

export interface RandomErasingOptions extends SometimesOptions {
  /** The share of the image's area to erase, from and to; default [0.02, 0.33]. */
  readonly scale?: readonly [low: number, high: number];
  /** Width divided by height, from and to; default [0.3, 3.3], and [1, 1] for the squares of cutout. */
  readonly ratio?: readonly [low: number, high: number];
  /** What comes in its place: a colour, or `noise` for a random level in each value; default black. */
  readonly fill?: Fill | 'noise';
}

/** Erases a random box, by default half of the time (Zhong et al. 2017); with `ratio: [1, 1]`, cutout. Boxes, mask and keypoints stay. */
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
