import { type Image, type OptionReader, readOptions, type Transform } from '@graft/data';
import { crop } from './crop.ts';
import { type Fill, fillOption } from './fill.ts';

/** Pixels to add: on all sides, or on each. */
export type Padding = number | { readonly left?: number; readonly top?: number; readonly right?: number; readonly bottom?: number };

export interface PadOptions {
  readonly padding: Padding;
  /** What the added pixels are; black unless told. */
  readonly fill?: Fill;
}

/** Adds pixels around an image. */
export function pad(options: PadOptions): Transform<Image> {
  const { padding, fill } = readOptions('pad', options, { padding: paddingOption(), fill: fillOption });
  return (image) => padded(image, padding, fill);
}

type Sides = { readonly left: number; readonly top: number; readonly right: number; readonly bottom: number };

export const padded = (image: Image, { left, top, right, bottom }: Sides, fill: Fill): Image =>
  crop(image, { left: -left, top: -top, width: image.width + left + right, height: image.height + top + bottom }, fill);

/** Reads a {@link Padding}; required where there is no `fallback`. */
export const paddingOption =
  (fallback?: Padding): OptionReader<Sides> =>
  (value = fallback) => {
    const sides = typeof value === 'number' ? { left: value, top: value, right: value, bottom: value } : { left: 0, top: 0, right: 0, bottom: 0, ...(value as object) };
    if (value !== undefined && Object.keys(sides).length === 4 && Object.values(sides).every((side) => Number.isInteger(side) && side >= 0)) return sides;
    throw new Error('a number of pixels or { left, top, right, bottom }');
  };
