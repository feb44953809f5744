import { blank, type Image } from '@graft/data';
import { type Fill, fillFor } from './fill.ts';

/** Where in the source a place of the result lies: `x' = a·x + b·y + c`, `y' = d·x + e·y + f`, in pixels from the upper left corner. */
export type Mapping = readonly [a: number, b: number, c: number, d: number, e: number, f: number];

/** Takes each pixel of the result from where the mapping says, bilinear between the four around it; outside there is `fill`. */
export function warp(image: Image, [a, b, c, d, e, f]: Mapping, width: number, height: number, fill: Fill): Image {
  const { data: source, width: sourceWidth, height: sourceHeight, channels } = image;
  const outside = fillFor(image, fill);
  const data = blank(image, width, height);
  const rounding = data instanceof Uint8Array ? 0.5 : 0; // a byte array cuts the fraction off
  const line = sourceWidth * channels;
  let out = 0;
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      // From pixel centres to pixel centres.
      const sourceX = a * (x + 0.5) + b * (y + 0.5) + c - 0.5;
      const sourceY = d * (x + 0.5) + e * (y + 0.5) + f - 0.5;
      const left = Math.floor(sourceX);
      const top = Math.floor(sourceY);
      const [right, bottom] = [sourceX - left, sourceY - top]; // weights of the neighbours there
      const upper = top * line + left * channels;
      if (left >= 0 && top >= 0 && left + 1 < sourceWidth && top + 1 < sourceHeight) {
        for (let k = upper; k < upper + channels; k++) {
          const above = source[k]! + right * (source[k + channels]! - source[k]!);
          const below = source[k + line]! + right * (source[k + line + channels]! - source[k + line]!);
          data[out++] = above + bottom * (below - above) + rounding;
        }
        continue;
      }
      const inX = [left >= 0 && left < sourceWidth, left + 1 >= 0 && left + 1 < sourceWidth];
      const inY = [top >= 0 && top < sourceHeight, top + 1 >= 0 && top + 1 < sourceHeight];
      for (let channel = 0; channel < channels; channel++) {
        const at = (column: 0 | 1, row: 0 | 1): number => (inX[column] && inY[row] ? source[upper + column * channels + row * line + channel]! : outside[channel]!);
        const above = at(0, 0) + right * (at(1, 0) - at(0, 0));
        const below = at(0, 1) + right * (at(1, 1) - at(0, 1));
        data[out++] = above + bottom * (below - above) + rounding;
      }
    }
  return { data, width, height, channels };
}
