import { type Image, imageTransform, numberOption, readOptions, type Transform } from '@graft/data';
import { moveAnnotations } from './annotations.ts';
import { type Fill, fillOption } from './fill.ts';
import { blurred } from './gaussian-blur.ts';
import type { GeometricOptions } from './geometric.ts';
import { between, type Locate, warp } from './warp.ts';

/** Options of {@link elastic}. */
export interface ElasticOptions extends GeometricOptions {
  /** Maximum shift in pixels before smoothing; default 50. */
  readonly alpha?: number;
  /** Standard deviation in pixels of the Gaussian filter that smooths the shifts; default 5. */
  readonly sigma?: number;
  /** Fill for areas outside the image; default black. */
  readonly fill?: Fill;
}

/** Deforms an image: each pixel is shifted by `alpha` times smoothed uniform noise from −1 to 1 (Simard et al. 2003). */
export function elastic(options: ElasticOptions = {}): Transform<Image> {
  const { alpha, sigma, fill, minVisible } = readOptions('elastic', options, {
    alpha: numberOption(50, { min: 0, max: 1e4 }),
    sigma: numberOption(5, { min: 0.1, max: 100 }),
    fill: fillOption,
    minVisible: numberOption(0.1, { min: 0, max: 1 }),
  });
  return imageTransform('elastic', (image, random) => {
    const { width, height } = image;
    const noise = Float32Array.from({ length: 2 * width * height }, () => alpha * (random.bits() / 2 ** 31 - 1));
    return bent(
      image,
      blurred({ data: noise, width, height, channels: 2 }, sigma).data as Float32Array,
      fill,
      minVisible,
    );
  });
}

/** Deforms an image: the pixel at (x, y) is read from (x, y) plus its shift; shifts [height, width, 2]. */
export function bent(image: Image, shifts: Float32Array, fill: Fill, minVisible: number): Image | Promise<Image> {
  const { width, height } = image;
  const back: Locate = (y, offset, xs, ys) => {
    const line = Math.floor(y) * width;
    for (let x = 0; x < width; x++) {
      xs[x] = x + offset + shifts[2 * (line + x)]!;
      ys[x] = y + shifts[2 * (line + x) + 1]!;
    }
  };
  const pixels = warp(image, back, width, height, fill);
  if (!(image.boxes || image.boxLabels || image.mask || image.keypoints)) return pixels;
  const field: Image = { data: shifts, width, height, channels: 2 };
  const shiftAt = (x: number, y: number): ArrayLike<number> =>
    between(field, Math.min(Math.max(x, 0.5), width - 0.5), Math.min(Math.max(y, 0.5), height - 0.5));
  const forward = (x: number, y: number): [number, number] => {
    // Inverts the shift by fixed-point iteration, which converges because shifts are smooth.
    let [u, v] = [x, y];
    for (let step = 0; step < 20; step++) {
      const shift = shiftAt(u, v);
      [u, v] = [x - shift[0]!, y - shift[1]!];
    }
    return [u, v];
  };
  const annotations = moveAnnotations(image, { forward, back, width, height }, minVisible);
  return pixels instanceof Promise
    ? pixels.then((ready) => ({ ...ready, ...annotations }))
    : { ...pixels, ...annotations };
}
