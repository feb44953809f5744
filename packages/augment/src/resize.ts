import { type Image, numberOption, readOptions, type Transform } from '@graft/data';
import { scale, whole } from './scale.ts';
import { optional, type Size, sizeOption } from './size.ts';

export interface ResizeOptions {
  /** The size to give the image, whatever its own proportions. */
  readonly size?: Size;
  /** The length to give the shorter side, keeping proportions. In place of `size`. */
  readonly shortestSide?: number;
}

/** Scales an image, bilinear, to a size or until its shorter side has a length. */
export function resize(options: ResizeOptions): Transform<Image> {
  const { size, shortestSide } = readOptions('resize', options, { size: optional(sizeOption()), shortestSide: optional(numberOption(undefined, { min: 1, integer: true })) });
  if ((size === undefined) === (shortestSide === undefined)) throw new Error('resize wants either "size" or "shortestSide", such as resize({ size: 224 }).');
  return (image) => {
    const { width, height } = size ?? withShortestSide(image, shortestSide!);
    return scale(image, whole(image), width, height);
  };
}

function withShortestSide({ width, height }: Image, length: number): { width: number; height: number } {
  const factor = length / Math.min(width, height);
  return { width: Math.round(width * factor), height: Math.round(height * factor) };
}
