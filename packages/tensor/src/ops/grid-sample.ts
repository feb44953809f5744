import { full, integers, tensor } from '../create.ts';
import { toArray } from '../dtype.ts';
import { type Shape, showShape, sizeOf, stridesOf } from '../spec.ts';
import type { Tensor } from '../tensor.ts';
import { abs, add, floor, minimum, mod, mul, round, sub } from './arithmetic.ts';
import { clip } from './activation.ts';
import { cast } from './cast.ts';
import { greaterEqual, lessEqual } from './comparison.ts';
import { gather } from './indexing.ts';
import { matmul } from './matmul.ts';
import { narrow, reshape, transpose } from './movement.ts';

/** How to interpolate between elements and extend beyond them. */
export interface GridSampling {
  /** `bilinear` is linear in any number of dimensions. */
  readonly mode: 'nearest' | 'bilinear' | 'bicubic';
  /** Values outside: zeros, the outermost elements, or a reflection. */
  readonly padding: 'zeros' | 'border' | 'reflection';
  /** Whether -1 and 1 are the centres of the outermost elements rather than their edges. */
  readonly alignCorners: boolean;
}

/** One tap of an interpolation along one dimension: indices and weights. */
interface Tap {
  readonly index: Tensor;
  readonly weight?: Tensor;
}

/** Cubic convolution (Keys 1981), a = -0.75, of distances from 0 to 1 and from 1 to 2. */
const near = (d: Tensor): Tensor => add(mul(mul(sub(mul(d, 1.25), 2.25), d), d), 1);
const far = (d: Tensor): Tensor => add(mul(add(mul(add(mul(d, -0.75), 3.75), d), -6), d), 3);

function tapsAround(at: Tensor, mode: GridSampling['mode']): Tap[] {
  if (mode === 'nearest') return [{ index: round(at) }];
  const first = floor(at);
  const t = sub(at, first);
  const rest = sub(1, t);
  if (mode === 'bilinear')
    return [
      { index: first, weight: rest },
      { index: add(first, 1), weight: t },
    ];
  return [far(add(t, 1)), near(t), near(rest), far(add(rest, 1))].map((weight, i) => ({
    index: add(first, i - 1),
    weight,
  }));
}

/** Reflects a position at both ends until it is inside. */
function mirrored(at: Tensor, least: number, most: number): Tensor {
  const range = most - least;
  if (range <= 0) return full(at.shape, least, at);
  const distance = mod(abs(sub(at, least)), 2 * range);
  return add(minimum(distance, sub(2 * range, distance)), least);
}

/** Clamps a tap's index to the tensor. With zero padding, taps outside get a weight of 0. */
function held({ index, weight }: Tap, length: number, { padding, alignCorners }: GridSampling): Tap {
  const inside = clip(
    padding === 'reflection'
      ? round(mirrored(index, alignCorners ? 0 : -0.5, alignCorners ? length - 1 : length - 0.5))
      : index,
    0,
    length - 1,
  );
  if (padding !== 'zeros') return { index: inside, ...(weight && { weight }) };
  const counts = mul(cast(greaterEqual(index, 0), index.dtype), cast(lessEqual(index, length - 1), index.dtype));
  return { index: inside, weight: weight ? mul(weight, counts) : counts };
}

/** The product of the taps along all dimensions. */
const crossed = (dimensions: readonly (readonly Tap[])[]): Tap[][] =>
  dimensions.reduce<Tap[][]>((all, taps) => all.flatMap((one) => taps.map((tap) => [...one, tap])), [[]]);

/**
 * Interpolates [batch, channels, …] at positions between elements. Gradients flow to both inputs.
 * @param places for each dimension, in elements: [batch, points]
 * @returns [batch, channels, points]
 */
export function sampleAt(x: Tensor, places: readonly Tensor[], sampling: GridSampling): Tensor {
  const [batch, channels, ...size] = x.shape as [number, number, ...number[]];
  const points = places[0]!.shape[1]!;
  const rows = reshape(transpose(x, [0, ...size.map((_, d) => d + 2), 1]), [batch * sizeOf(size), channels]);
  const strides = stridesOf(size);
  const start = cast(
    integers(
      Array.from({ length: batch }, (_, n) => n * sizeOf(size)),
      [batch, 1],
    ),
    'int32',
  );
  const taps = places.map((at, d) => tapsAround(at, sampling.mode).map((tap) => held(tap, size[d]!, sampling)));
  const parts = crossed(taps).map((combination) => {
    const index = combination.reduce((sum, tap, d) => add(sum, mul(cast(tap.index, 'int32'), strides[d]!)), start);
    const weight = combination.reduce<Tensor | undefined>(
      (product, tap) => (product && tap.weight ? mul(product, tap.weight) : (product ?? tap.weight)),
      undefined,
    );
    const values = gather(rows, reshape(index, [-1]), 0);
    return weight ? mul(values, reshape(weight, [-1, 1])) : values;
  });
  return transpose(reshape(parts.reduce(add), [batch, points, channels]), [0, 2, 1]);
}

/**
 * Samples images or volumes [batch, channels, …] at points [batch, …, dimensions] from -1 to 1, with the last dimension's coordinate first. Gradients
 * flow to both inputs. Same as PyTorch's `grid_sample`, with a cubic coefficient a = -0.75.
 * @throws if the grid's shape does not match
 */
export function gridSample(
  x: Tensor,
  grid: Tensor,
  { mode = 'bilinear', padding = 'zeros', alignCorners = false }: Partial<GridSampling> = {},
): Tensor {
  const size = x.shape.slice(2);
  const [batch, ...out] = grid.shape.slice(0, -1) as [number, ...number[]];
  if (grid.shape.at(-1) !== size.length || out.length !== size.length || batch !== x.shape[0])
    throw new Error(
      `gridSample of ${showShape(x.shape)} expects a grid of [batch, …, ${size.length}], got ${showShape(grid.shape)}.`,
    );
  const sampling: GridSampling = { mode, padding, alignCorners };
  const points = cast(reshape(grid, [batch, sizeOf(out), size.length]), x.dtype);
  const places = size.map((length, d) => {
    const value = reshape(narrow(points, 2, size.length - 1 - d, 1), [batch, sizeOf(out)]);
    return withinPadding(
      alignCorners ? mul(add(value, 1), (length - 1) / 2) : mul(sub(mul(add(value, 1), length), 1), 0.5),
      length,
      sampling,
    );
  });
  return reshape(sampleAt(x, places, sampling), [batch, x.shape[1]!, ...out]);
}

/** Maps a position outside to one inside. For bicubic sampling, tap indices are mapped instead. */
function withinPadding(at: Tensor, length: number, { mode, padding, alignCorners }: GridSampling): Tensor {
  if (mode === 'bicubic' || padding === 'zeros') return at;
  return clip(
    padding === 'border' ? at : mirrored(at, alignCorners ? 0 : -0.5, alignCorners ? length - 1 : length - 0.5),
    0,
    length - 1,
  );
}

/** A sampling grid for affine maps theta [batch, 2, 3] → [batch, height, width, 2], from -1 to 1; also for volumes. Same as PyTorch's `affine_grid`. */
export function affineGrid(
  theta: Tensor,
  image: Shape,
  { alignCorners = false }: { readonly alignCorners?: boolean } = {},
): Tensor {
  const strides = stridesOf(image);
  const coordinate = (at: number, length: number): number =>
    alignCorners ? (length > 1 ? (2 * at) / (length - 1) - 1 : 0) : (2 * at + 1) / length - 1;
  // The last dimension's coordinate comes first: x, y, z, 1.
  const points = Array.from({ length: sizeOf(image) }, (_, i) => [
    ...image.map((length, d) => coordinate(Math.floor(i / strides[d]!) % length, length)).toReversed(),
    1,
  ]).flat();
  const base = tensor(toArray(points, theta.dtype), {
    shape: [sizeOf(image), image.length + 1],
    dtype: theta.dtype,
    backend: theta.backend,
  });
  return reshape(matmul(base, transpose(theta, [0, 2, 1])), [theta.shape[0]!, ...image, image.length]);
}
