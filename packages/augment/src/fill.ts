import { brightness, type Image, type OptionReader } from '@graft/data';

/** Value of pixels outside an image, 0 to 255: one for all channels, or one per channel. */
export type Fill = number | readonly number[];

/** Reads a {@link Fill}; default black. */
export const fillOption: OptionReader<Fill> = (value = 0) => {
  const values = Array.isArray(value) ? (value as unknown[]) : [value];
  if (values.length > 0 && values.every((item) => typeof item === 'number' && item >= 0 && item <= 255))
    return value as Fill;
  throw new Error('a number from 0 to 255, or one per channel');
};

/** The fill as one value per channel, in the scale of the image. */
export function fillFor(image: Image, fill: Fill): number[] {
  if (typeof fill !== 'number' && fill.length !== 1 && fill.length !== image.channels)
    throw new Error(
      `The fill [${fill.join(', ')}] has ${fill.length} values, but the image has ${image.channels} channels. Pass one value, or one per channel.`,
    );
  return Array.from({ length: image.channels }, (_, c) =>
    brightness(image, typeof fill === 'number' ? fill : (fill[c] ?? fill[0]!)),
  );
}
