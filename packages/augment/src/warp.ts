import { blank, type Image } from '@graft/data';
import { type Fill, fillFor } from './fill.ts';
import type { Matrix } from './matrix.ts';

/** Writes the source positions of one row of the result, for its points `(x + offset, y)`, in pixels from the upper left corner. */
export type Locate = (y: number, offset: number, xs: Float64Array, ys: Float64Array) => void;

/** Number of samples after which the event loop gets a turn. */
const samplesPerSlice = 2 ** 18;

/** Locates each row by a {@link Matrix}. */
export function byMatrix([a, b, c, d, e, f, g, h, i]: Matrix): Locate {
  if (g === 0 && h === 0 && i === 1)
    return (y, offset, xs, ys) => {
      for (let x = 0; x < xs.length; x++) {
        xs[x] = a * (x + offset) + b * y + c;
        ys[x] = d * (x + offset) + e * y + f;
      }
    };
  return (y, offset, xs, ys) => {
    for (let x = 0; x < xs.length; x++) {
      const depth = g * (x + offset) + h * y + i;
      xs[x] = (a * (x + offset) + b * y + c) / depth;
      ys[x] = (d * (x + offset) + e * y + f) / depth;
    }
  };
}

/**
 * Reads each pixel of the result from the position given by `locate`, with bilinear interpolation and `fill` outside of the image. For downscaling,
 * each pixel is the mean of `samples`² positions. Large images are computed in slices, so the event loop is not blocked.
 */
export function warp(
  image: Image,
  locate: Locate,
  width: number,
  height: number,
  fill: Fill,
  samples = 1,
): Image | Promise<Image> {
  const { channels } = image;
  const outside = fillFor(image, fill);
  const data = blank(image, width, height);
  const rounding = data instanceof Uint8Array ? 0.5 : 0; // a byte array truncates
  const [xs, ys, line] = [new Float64Array(width), new Float64Array(width), new Float64Array(width * channels)];
  const draw = (from: number, to: number): void => {
    for (let y = from; y < to; y++) {
      line.fill(0);
      for (let row = 0; row < samples; row++)
        for (let column = 0; column < samples; column++) {
          locate(y + (row + 0.5) / samples, (column + 0.5) / samples, xs, ys);
          addLine(image, xs, ys, outside, line);
        }
      for (let i = 0, out = y * line.length; i < line.length; i++)
        data[out + i] = line[i]! / (samples * samples) + rounding;
    }
  };
  const band = Math.max(1, Math.floor(samplesPerSlice / (width * samples * samples)));
  const result = { data, width, height, channels };
  if (band >= height) {
    draw(0, height);
    return result;
  }
  return (async () => {
    for (let y = 0; y < height; y += band) {
      draw(y, Math.min(y + band, height));
      await nextTurn();
    }
    return result;
  })();
}

/** Yields to the event loop. Browsers have no `setImmediate`. */
const nextTurn = (): Promise<void> =>
  new Promise((resolve) => void (typeof setImmediate === 'function' ? setImmediate(resolve) : setTimeout(resolve)));

/** Adds the interpolated pixel at each position to `line`. */
function addLine(
  { data: source, width, height, channels }: Image,
  xs: Float64Array,
  ys: Float64Array,
  outside: readonly number[],
  line: Float64Array,
): void {
  const stride = width * channels;
  for (let x = 0, out = 0; x < xs.length; x++) {
    const [sourceX, sourceY] = [xs[x]! - 0.5, ys[x]! - 0.5];
    const left = Math.floor(sourceX);
    const top = Math.floor(sourceY);
    const [right, bottom] = [sourceX - left, sourceY - top]; // weights of the right and lower neighbours
    const upper = top * stride + left * channels;
    if (left >= 0 && top >= 0 && left + 1 < width && top + 1 < height) {
      for (let k = upper; k < upper + channels; k++) {
        const above = source[k]! + right * (source[k + channels]! - source[k]!);
        const below = source[k + stride]! + right * (source[k + stride + channels]! - source[k + stride]!);
        line[out++]! += above + bottom * (below - above);
      }
      continue;
    }
    const inX = [left >= 0 && left < width, left + 1 >= 0 && left + 1 < width];
    const inY = [top >= 0 && top < height, top + 1 >= 0 && top + 1 < height];
    for (let channel = 0; channel < channels; channel++) {
      const at = (column: 0 | 1, row: 0 | 1): number =>
        inX[column] && inY[row] ? source[upper + column * channels + row * stride + channel]! : outside[channel]!;
      const above = at(0, 0) + right * (at(1, 0) - at(0, 0));
      const below = at(0, 1) + right * (at(1, 1) - at(0, 1));
      line[out++]! += above + bottom * (below - above);
    }
  }
}

/** The interpolated pixel at one position, one value per channel. */
export function between(image: Image, x: number, y: number): Float64Array {
  const values = new Float64Array(image.channels);
  addLine(image, Float64Array.of(x), Float64Array.of(y), new Array<number>(image.channels).fill(0), values);
  return values;
}

/** Warps a mask with nearest neighbours; outside of the image is class 0. */
export function warpMask(
  mask: Uint8Array,
  source: { width: number; height: number },
  locate: Locate,
  width: number,
  height: number,
): Uint8Array {
  const [xs, ys, result] = [new Float64Array(width), new Float64Array(width), new Uint8Array(width * height)];
  for (let y = 0; y < height; y++) {
    locate(y + 0.5, 0.5, xs, ys);
    for (let x = 0; x < width; x++) {
      const [column, row] = [Math.floor(xs[x]!), Math.floor(ys[x]!)];
      if (column >= 0 && row >= 0 && column < source.width && row < source.height)
        result[y * width + x] = mask[row * source.width + column]!;
    }
  }
  return result;
}
