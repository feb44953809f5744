import { rangeOption } from '@graft/data';
import type { Random } from '@graft/tensor';
import { type Box, boxMove } from './crop.ts';
import { geometric, type GeometricOptions, type GeometricTransform } from './geometric.ts';
import { kernelOption, type KernelName } from './kernel-option.ts';
import { type Size, sizeOption } from './size.ts';

/** Options of {@link randomResizedCrop}. */
export interface RandomResizedCropOptions extends GeometricOptions {
  readonly size: Size;
  /** Range of the cropped area as a fraction of the image; default [0.08, 1]. */
  readonly scale?: readonly [low: number, high: number];
  /** Range of the aspect ratio, width divided by height; default [3/4, 4/3]. */
  readonly ratio?: readonly [low: number, high: number];
  /** Interpolation; default `bilinear`. */
  readonly kernel?: KernelName;
}

/** Crops a random box of random area and aspect ratio and scales it to a size (Szegedy et al. 2014). */
export const randomResizedCrop = (options: RandomResizedCropOptions): GeometricTransform =>
  geometric(
    'randomResizedCrop',
    options,
    { size: sizeOption(), ...boxOptions, kernel: kernelOption },
    ({ size, scale, ratio }, source, random) => boxMove(randomBox(source, scale, ratio, random), size),
  );

/** Readers of the options that {@link randomBox} needs. */
export const boxOptions = {
  scale: rangeOption([0.08, 1], { min: 1e-6, max: 1 }),
  ratio: rangeOption([3 / 4, 4 / 3], { min: 1e-3, max: 1e3 }),
};

/** A random box as in torchvision's `RandomResizedCrop.get_params`: ten attempts, then the largest central box with an allowed ratio. */
export function randomBox(
  { width, height }: { readonly width: number; readonly height: number },
  scale: readonly [number, number],
  ratio: readonly [number, number],
  random: Random,
): Box {
  for (let attempt = 0; attempt < 10; attempt++) {
    const area = width * height * random.range(scale[0], scale[1]);
    const aspect = Math.exp(random.range(Math.log(ratio[0]), Math.log(ratio[1])));
    const w = Math.round(Math.sqrt(area * aspect));
    const h = Math.round(Math.sqrt(area / aspect));
    if (w > 0 && w <= width && h > 0 && h <= height)
      return { left: random.int(width - w + 1), top: random.int(height - h + 1), width: w, height: h };
  }
  const own = width / height;
  const w = own > ratio[1] ? Math.max(1, Math.round(height * ratio[1])) : width;
  const h = own < ratio[0] ? Math.max(1, Math.round(width / ratio[0])) : height;
  return { left: Math.floor((width - w) / 2), top: Math.floor((height - h) / 2), width: w, height: h };
}
