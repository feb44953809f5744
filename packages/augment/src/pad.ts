import type { OptionReader } from '@graft/data';
import { boxMove } from './crop.ts';
import { type Fill, fillOption } from './fill.ts';
import { geometric, type GeometricOptions, type GeometricTransform } from './geometric.ts';

/** Pixels to add: one number for all sides, or one per side. */
export type Padding =
  | number
  | { readonly left?: number; readonly top?: number; readonly right?: number; readonly bottom?: number };

/** Options of {@link pad}. */
export interface PadOptions extends GeometricOptions {
  readonly padding: Padding;
  /** Value of the added pixels; default black. */
  readonly fill?: Fill;
}

/** Adds pixels around an image. */
export const pad = (options: PadOptions): GeometricTransform =>
  geometric(
    'pad',
    options,
    { padding: paddingOption(), fill: fillOption },
    ({ padding: { left, top, right, bottom } }, { width, height }) =>
      boxMove({ left: -left, top: -top, width: width + left + right, height: height + top + bottom }),
  );

type Sides = { readonly left: number; readonly top: number; readonly right: number; readonly bottom: number };

/** Reads a {@link Padding}; required if there is no `fallback`. */
export const paddingOption =
  (fallback?: Padding): OptionReader<Sides> =>
  (value = fallback) => {
    const sides =
      typeof value === 'number'
        ? { left: value, top: value, right: value, bottom: value }
        : { left: 0, top: 0, right: 0, bottom: 0, ...(value as object) };
    if (
      value !== undefined &&
      Object.keys(sides).length === 4 &&
      Object.values(sides).every((side) => Number.isInteger(side) && side >= 0)
    )
      return sides;
    throw new Error('a number of pixels or { left, top, right, bottom }');
  };
