import { blank, type Image } from '@graft/data';
import { type Fill, fillFor } from './fill.ts';
import type { Move } from './geometric.ts';

/** A rectangle in an image, in pixels. */
export interface Box {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** Crops an image to a box of integer coordinates. Areas outside the image get `fill`. */
export function crop(image: Image, { left, top, width, height }: Box, fill: Fill = 0): Image {
  const { channels } = image;
  if (left === 0 && top === 0 && width === image.width && height === image.height) return image;
  const data = blank(image, width, height);
  const inside = left >= 0 && top >= 0 && left + width <= image.width && top + height <= image.height;
  if (!inside) {
    const values = fillFor(image, fill);
    if (values.every((value) => value === values[0])) data.fill(values[0]!);
    else for (let i = 0; i < data.length; i++) data[i] = values[i % channels]!;
  }
  const [firstX, lastX] = [Math.max(left, 0), Math.min(left + width, image.width)];
  const [firstY, lastY] = [Math.max(top, 0), Math.min(top + height, image.height)];
  for (let y = firstY; y < lastY && firstX < lastX; y++)
    data.set(
      image.data.subarray((y * image.width + firstX) * channels, (y * image.width + lastX) * channels),
      ((y - top) * width + firstX - left) * channels,
    );
  return { data, width, height, channels };
}

/** A {@link Move} that crops a box and scales it to a size. */
export const boxMove = (
  { left, top, width, height }: Box,
  size: { readonly width: number; readonly height: number } = { width, height },
): Move => ({
  back: [width / size.width, 0, left, 0, height / size.height, top, 0, 0, 1],
  width: size.width,
  height: size.height,
});
