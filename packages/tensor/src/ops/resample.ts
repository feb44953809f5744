import { full, integers, tensor } from '../create.ts';
import type { Tensor } from '../tensor.ts';
import { add, mul } from './arithmetic.ts';
import { gather, where } from './indexing.ts';

/** One tap of an interpolation along an axis: for each output element, input indices and weights. */
interface Taps {
  readonly indices: readonly (readonly number[])[];
  readonly weights: readonly (readonly number[])[];
}

/** Options of interpolation, named after the attributes of ONNX's Resize. */
export interface Sampling {
  readonly mode: 'nearest' | 'linear' | 'cubic';
  /** How output positions map to input positions: `half_pixel`, `align_corners`, `asymmetric` … */
  readonly coordinates: string;
  /** How the nearest element is rounded. */
  readonly nearest?: string;
  /** The cubic coefficient a. Default -0.75, as in PyTorch and ONNX. */
  readonly cubic?: number;
  readonly excludeOutside?: boolean;
  /** Whether downsampling averages over all covered elements. */
  readonly antialias?: boolean;
  /** The region of interest along each axis (tf_crop_and_resize). */
  readonly regions?: readonly (readonly [start: number, end: number])[] | undefined;
  /** The value outside the tensor, for tf_crop_and_resize. */
  readonly extrapolation?: number;
}

/** Maps an output position to an input position by one of ONNX's rules. */
function sourceAt(
  i: number,
  length: number,
  target: number,
  scale: number,
  rule: string,
  [start, end]: readonly [number, number],
): number {
  switch (rule) {
    case 'asymmetric':
      return i / scale;
    case 'align_corners':
      return target === 1 ? 0 : (i * (length - 1)) / (target - 1);
    case 'pytorch_half_pixel':
      return target > 1 ? (i + 0.5) / scale - 0.5 : 0;
    case 'tf_half_pixel_for_nn':
      return (i + 0.5) / scale;
    case 'tf_crop_and_resize':
      return target > 1
        ? start * (length - 1) + (i * (end - start) * (length - 1)) / (target - 1)
        : 0.5 * (start + end) * (length - 1);
    case 'half_pixel':
      return (i + 0.5) / scale - 0.5;
    case 'half_pixel_symmetric': {
      const adjusted = target / (length * scale);
      return (length / 2) * (1 - adjusted) + (i + 0.5) / scale - 0.5;
    }
    default:
      throw new Error(`coordinate_transformation_mode "${rule}" is not supported.`);
  }
}

const nearestTo: Readonly<Record<string, (x: number) => number>> = {
  round_prefer_floor: (x) => Math.ceil(x - 0.5),
  round_prefer_ceil: (x) => Math.floor(x + 0.5),
  floor: Math.floor,
  ceil: Math.ceil,
};

/** Cubic convolution (Keys 1981). */
export const cubicWeight = (distance: number, a: number): number => {
  const d = Math.abs(distance);
  return d <= 1 ? ((a + 2) * d - (a + 3)) * d * d + 1 : d < 2 ? ((a * d - 5 * a) * d + 8 * a) * d - 4 * a : 0;
};

function tapsAlong(
  length: number,
  target: number,
  scale: number,
  axis: number,
  {
    mode,
    coordinates,
    nearest = 'round_prefer_floor',
    cubic = -0.75,
    excludeOutside = false,
    antialias = false,
    regions,
  }: Sampling,
): Taps & { outside: boolean[] } {
  const indices: number[][] = [];
  const weights: number[][] = [];
  const outside: boolean[] = [];
  const shrunk = antialias ? Math.min(scale, 1) : 1;
  const reach = mode === 'linear' ? 1 : 2;
  const start = Math.floor(-reach / shrunk) + 1;
  for (let i = 0; i < target; i++) {
    const x = sourceAt(i, length, target, scale, coordinates, regions?.[axis] ?? [0, 1]);
    const first = Math.floor(x);
    const at =
      mode === 'nearest'
        ? [(nearestTo[nearest] ?? unknownRule(nearest))(x)]
        : Array.from({ length: 2 * (1 - start) }, (_, k) => first + start + k);
    let share = at.map((place) =>
      mode === 'nearest'
        ? 1
        : mode === 'linear'
          ? Math.max(0, 1 - Math.abs(x - place) * shrunk)
          : cubicWeight((x - place) * shrunk, cubic),
    );
    if (excludeOutside) share = share.map((weight, k) => (at[k]! < 0 || at[k]! >= length ? 0 : weight));
    const total = share.reduce((a, b) => a + b, 0);
    if (excludeOutside || shrunk < 1) share = share.map((weight) => weight / total);
    outside.push(coordinates === 'tf_crop_and_resize' && (x < 0 || x > length - 1));
    indices.push(at.map((place) => Math.min(Math.max(place, 0), length - 1)));
    weights.push(share);
  }
  return { indices, weights, outside };
}

const unknownRule = (name: string): never => {
  throw new Error(`nearest_mode "${name}" is not supported.`);
};

/** Resizes a tensor one axis at a time, by weighted sums of gathered elements. Differentiable. */
export function resample(x: Tensor, sizes: readonly number[], scales: readonly number[], sampling: Sampling): Tensor {
  return x.shape.reduce((y, length, axis) => {
    if (sizes[axis] === length && scales[axis] === 1 && !sampling.regions) return y;
    const { indices, weights, outside } = tapsAlong(length, sizes[axis]!, scales[axis]!, axis, sampling);
    const count = indices[0]?.length ?? 1;
    const shape = y.shape.map((_, d) => (d === axis ? sizes[axis]! : 1));
    let total: Tensor | undefined;
    for (let k = 0; k < count; k++) {
      const part = gather(y, integers(indices.map((list) => list[k]!)), axis);
      const own =
        count === 1
          ? part
          : mul(
              part,
              tensor(
                weights.map((list) => list[k]!),
                { shape, dtype: x.dtype, backend: x.backend },
              ),
            );
      total = total ? add(total, own) : own;
    }
    if (!outside.some(Boolean)) return total!;
    return where(
      tensor(outside.map(Number), { shape, dtype: 'bool' }),
      full([], sampling.extrapolation ?? 0, x),
      total!,
    );
  }, x);
}
