import { blank, type Image, type OptionReader, rangeOption, type Transform } from '@graft/data';
import { sometimes, type SometimesOptions } from './sometimes.ts';
import { optional } from './size.ts';

/** Options of {@link gaussianBlur}. */
export interface GaussianBlurOptions extends SometimesOptions {
  /** Range of the standard deviation in pixels; default [0.1, 2]. */
  readonly sigma?: readonly [low: number, high: number];
  /** Width of the filter in pixels, an odd number; by default four standard deviations on each side. */
  readonly kernelSize?: number;
}

/** Blurs an image by a random amount, by default with probability 1 (torchvision's `GaussianBlur`). */
export const gaussianBlur = (options: GaussianBlurOptions = {}): Transform<Image> =>
  sometimes(
    'gaussianBlur',
    options,
    1,
    { sigma: rangeOption([0.1, 2], { min: 1e-2, max: 100 }), kernelSize: optional(oddOption) },
    (image, { sigma, kernelSize }, random) => blurred(image, random.range(sigma[0], sigma[1]), kernelSize),
  );

const oddOption: OptionReader<number> = (value) => {
  if (Number.isInteger(value) && (value as number) % 2 === 1 && (value as number) > 0 && (value as number) < 1000)
    return value as number;
  throw new Error('an odd number of pixels');
};

/** Applies a Gaussian filter with reflection at the edges. */
export function blurred(image: Image, sigma: number, size: number = 2 * Math.ceil(4 * sigma) + 1): Image {
  const reach = (size - 1) / 2;
  const weights = Float64Array.from({ length: size }, (_, k) => Math.exp(-0.5 * ((k - reach) / sigma) ** 2));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const { width, height, channels } = image;
  const wide = new Float32Array(image.data.length);
  const data = blank(image, width, height);
  const [across, down] = [mirroredPlaces(width, reach), mirroredPlaces(height, reach)];
  const line = width * channels;
  const longer = new Float64Array(line + 2 * reach * channels); // a row with its reflected ends
  const sums = new Float64Array(line);
  for (let y = 0; y < height; y++) {
    for (let x = 0, out = 0; x < across.length; x++)
      for (let c = 0; c < channels; c++) longer[out++] = image.data[y * line + across[x]! * channels + c]!;
    sums.fill(0);
    for (let k = 0; k < size; k++) {
      const [weight, start] = [weights[k]! / total, k * channels];
      for (let i = 0; i < line; i++) sums[i]! += weight * longer[start + i]!;
    }
    wide.set(sums, y * line);
  }
  const rounding = data instanceof Uint8Array ? 0.5 : 0;
  for (let y = 0; y < height; y++) {
    sums.fill(0);
    for (let k = 0; k < size; k++) {
      const [weight, start] = [weights[k]! / total, down[y + k]! * line];
      for (let i = 0; i < line; i++) sums[i]! += weight * wide[start + i]!;
    }
    for (let i = 0; i < line; i++) data[y * line + i] = sums[i]! + rounding;
  }
  return { ...image, data };
}

/** The positions from `-reach` to `length + reach - 1`, reflected into the row without repeating its ends. */
function mirroredPlaces(length: number, reach: number): Int32Array {
  const period = Math.max(1, 2 * (length - 1));
  return Int32Array.from({ length: length + 2 * reach }, (_, i) => {
    const place = (((i - reach) % period) + period) % period;
    return Math.min(place, period - place, length - 1);
  });
}
