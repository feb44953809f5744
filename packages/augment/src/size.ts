import type { OptionReader } from '@graft/data';

/** Size in pixels; one number for a square. */
export type Size = number | { readonly width: number; readonly height: number };

const valid = (pixels: unknown): pixels is number =>
  Number.isInteger(pixels) && (pixels as number) >= 1 && (pixels as number) <= 65_535;

/** Reads a {@link Size}; required unless `optional`. */
export function sizeOption(): OptionReader<{ width: number; height: number }> {
  return (value) => {
    const { width, height } =
      typeof value === 'object' && value !== null && 'width' in value && 'height' in value
        ? value
        : { width: value, height: value };
    if (valid(width) && valid(height)) return { width, height };
    throw new Error('a number of pixels or { width, height }');
  };
}

/** An option that may be left out. */
export const optional =
  <T>(reader: OptionReader<T>): OptionReader<T | undefined> =>
  (value) =>
    value === undefined ? undefined : reader(value);
