import { blank, brightness, type Image, rangeOption, type Transform } from '@graft/data';
import { sometimes, type SometimesOptions } from './sometimes.ts';
import type { Range } from './affine.ts';

/** Options of {@link sharpness}. */
export interface SharpnessOptions extends SometimesOptions {
  /** Factor: 0 blurs, 1 changes nothing, 2 sharpens; one number means 1 ± that. */
  readonly sharpness: Range;
}

/** Sharpens or blurs an image by a random factor, by default with probability 1 (torchvision's `adjust_sharpness`). */
export const sharpness = (options: SharpnessOptions): Transform<Image> =>
  sometimes(
    'sharpness',
    options,
    1,
    { sharpness: rangeOption(undefined, { centre: 1, min: 0, max: 100 }) },
    (image, { sharpness: [low, high] }, random) => sharpened(image, random.range(low, high)),
  );

/** Extrapolates from, or interpolates to, the image smoothed by [1 1 1; 1 5 1; 1 1 1] / 13. Pixels on the border are unchanged. */
export function sharpened(image: Image, factor: number): Image {
  const { data: source, width, height, channels } = image;
  const data = blank(image, width, height);
  data.set(source);
  const [line, white] = [width * channels, brightness(image, 255)];
  const rounding = data instanceof Uint8Array ? 0.5 : 0;
  for (let y = 1; y < height - 1; y++)
    for (let i = y * line + channels; i < (y + 1) * line - channels; i++) {
      let sum = 4 * source[i]!;
      for (let row = i - line; row <= i + line; row += line)
        sum += source[row - channels]! + source[row]! + source[row + channels]!;
      const soft = sum / 13;
      data[i] = Math.min(Math.max(soft + (source[i]! - soft) * factor, 0), white) + rounding;
    }
  return { ...image, data };
}
