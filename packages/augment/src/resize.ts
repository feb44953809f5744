import { numberOption, type OptionReader } from '@graft/data';
import { boxMove } from './crop.ts';
import { fromPlan, geometric, type GeometricOptions, type GeometricTransform } from './geometric.ts';
import { kernelOption, type KernelName } from './kernel-option.ts';
import { whole } from './scale.ts';
import { optional, type Size, sizeOption } from './size.ts';

/** Options of {@link resize}. Exactly one of `size` and `shortestSide` is required. */
export interface ResizeOptions extends GeometricOptions {
  /** Size of the result, ignoring the aspect ratio of the image. */
  readonly size?: Size;
  /** Length of the shorter side of the result, keeping the aspect ratio. */
  readonly shortestSide?: number;
  /** Interpolation; default `bilinear`. */
  readonly kernel?: KernelName;
  /** Whether every source pixel contributes in downscaling, as in Pillow; default true. */
  readonly antialias?: boolean;
}

/** Scales an image to a size, or by the length of its shorter side. */
export function resize(options: ResizeOptions = {}): GeometricTransform {
  let antialias = true;
  const { plan, rendering } = geometric(
    'resize',
    options,
    {
      size: optional(sizeOption()),
      shortestSide: optional(numberOption(undefined, { min: 1, integer: true })),
      kernel: kernelOption,
      antialias: (value) => (antialias = flag(value)),
    },
    ({ size, shortestSide }, source) => boxMove(whole(source), size ?? withShortestSide(source, shortestSide!)),
  );
  if ((options.size === undefined) === (options.shortestSide === undefined))
    throw new Error('resize expects either "size" or "shortestSide", such as resize({ size: 224 }).');
  return fromPlan(plan, { ...rendering, kernel: { name: rendering.kernel!.name, antialias } });
}

/** Pixels that one image may be scaled to. */
const mostPixels = 2 ** 27;

const flag: OptionReader<boolean> = (value = true) => {
  if (typeof value === 'boolean') return value;
  throw new Error('true or false');
};

function withShortestSide(
  { width, height }: { width: number; height: number },
  length: number,
): { width: number; height: number } {
  // The longer side is rounded down, as in torchvision.
  const scaled = (side: number): number => Math.floor((side * length) / Math.min(width, height));
  const size = { width: scaled(width), height: scaled(height) };
  if (size.width * size.height > mostPixels)
    throw new Error(
      `resize would make ${size.width}×${size.height} pixels of an image of ${width}×${height}, and at most ${mostPixels} are allowed. Crop the image first.`,
    );
  return size;
}
