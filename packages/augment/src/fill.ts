import { brightness, type Image, type OptionReader } from '@graft/data';

/** What lies outside of an image: one value for all channels or one for each, 0 to 255. */
export type Fill = number | readonly number[];

/** Reads a {@link Fill}; default black. */
export const fillOption: OptionReader<Fill> = (value = 0) => {
  const values = Array.isArray(value) ? (value as unknown[]) : [value];
  if (values.length > 0 && values.every((item) => typeof item === 'number' && item >= 0 && item <= 255))
    return value as Fill;
  throw new Error('0 to 255, or one such number for each channel');
};

/** The fill in an image's own scale, a value for each channel. */
export function fillFor(image: Image, fill: Fill): number[] {
  if (typeof fill !== 'number' && fill.length !== 1 && fill.length !== image.channels)
    throw new Error(
      `The fill [${fill.join(', ')}] has ${fill.length} values, and the image has ${image.channels} channels. Give one value, or one for each channel.`,
    );
  return Array.from({ length: image.channels }, (_, c) =>
    brightness(image, typeof fill === 'number' ? fill : (fill[c] ?? fill[0]!)),
  );
}
