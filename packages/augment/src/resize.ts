import { numberOption, type OptionReader } from '@graft/data';
import { boxMove } from './crop.ts';
import { fromPlan, geometric, type GeometricOptions, type GeometricTransform } from './geometric.ts';
import { kernelOption, type KernelName } from './kernel-option.ts';
import { whole } from './scale.ts';
import { optional, type Size, sizeOption } from './size.ts';

export interface ResizeOptions extends GeometricOptions {
  /** The size to give the image, whatever its own proportions. */
  readonly size?: Size;
  /** The length to give the shorter side, keeping proportions. In place of `size`. */
  readonly shortestSide?: number;
  /** How pixels are weighed; default `bilinear`. */
  readonly kernel?: KernelName;
  /** Whether every pixel counts where the image shrinks, as in Pillow; default true. */
  readonly antialias?: boolean;
}

/** Scales an image to a size or until its shorter side has a length. */
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
    throw new Error('resize wants either "size" or "shortestSide", such as resize({ size: 224 }).');
  return fromPlan(plan, { ...rendering, kernel: { name: rendering.kernel!.name, antialias } });
}

const flag: OptionReader<boolean> = (value = true) => {
  if (typeof value === 'boolean') return value;
  throw new Error('true or false');
};

function withShortestSide(
  { width, height }: { width: number; height: number },
  length: number,
): { width: number; height: number } {
  const factor = length / Math.min(width, height);
  return { width: Math.round(width * factor), height: Math.round(height * factor) };
}
