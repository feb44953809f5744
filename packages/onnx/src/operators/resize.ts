import { add, full, gather, integers, mul, type Tensor, tensor, where } from '@graft/tensor';
import { checkSize, integersOf, type OnnxOperator, operator, type OperatorNode } from '../operator.ts';

/** Along one axis: for each new element, which old ones it is made of, and how much of each. */
interface Taps {
  readonly indices: readonly (readonly number[])[];
  readonly weights: readonly (readonly number[])[];
}

interface Sampling {
  readonly mode: string;
  readonly coordinates: string;
  readonly nearest: string;
  readonly cubic: number;
  readonly excludeOutside: boolean;
  /** Whether fewer elements are made of all they stand for. */
  readonly antialias: boolean;
  /** For each axis, the part of it that is wanted (tf_crop_and_resize). */
  readonly regions: readonly (readonly [start: number, end: number])[] | undefined;
  /** What lies outside of the tensor, there. */
  readonly extrapolation: number;
}

/** Where a new element lies among the old ones, by ONNX's named rules. */
function sourceAt(i: number, length: number, target: number, scale: number, rule: string, [start, end]: readonly [number, number]): number {
  switch (rule) {
    case 'asymmetric': return i / scale;
    case 'align_corners': return target === 1 ? 0 : (i * (length - 1)) / (target - 1);
    case 'pytorch_half_pixel': return target > 1 ? (i + 0.5) / scale - 0.5 : 0;
    case 'tf_half_pixel_for_nn': return (i + 0.5) / scale;
    case 'tf_crop_and_resize': return target > 1 ? start * (length - 1) + (i * (end - start) * (length - 1)) / (target - 1) : 0.5 * (start + end) * (length - 1);
    case 'half_pixel': return (i + 0.5) / scale - 0.5;
    case 'half_pixel_symmetric': {
      const adjusted = target / (length * scale);
      return (length / 2) * (1 - adjusted) + (i + 0.5) / scale - 0.5;
    }
    default: throw new Error(`coordinate_transformation_mode "${rule}" is not supported.`);
  }
}

const nearestTo: Readonly<Record<string, (x: number) => number>> = {
  round_prefer_floor: (x) => Math.ceil(x - 0.5), round_prefer_ceil: (x) => Math.floor(x + 0.5), floor: Math.floor, ceil: Math.ceil,
};

/** Cubic convolution (Keys 1981). */
export const cubicWeight = (distance: number, a: number): number => {
  const d = Math.abs(distance);
  return d <= 1 ? ((a + 2) * d - (a + 3)) * d * d + 1 : d < 2 ? ((a * d - 5 * a) * d + 8 * a) * d - 4 * a : 0;
};

/** Places that are looked at along one axis: each is an entry in a list. */
const mostTaps = 2 ** 22;
/** Elements of the result: several of its size are at work at once. */
const mostResized = 2 ** 26;

function tapsAlong(length: number, target: number, scale: number, axis: number, { mode, coordinates, nearest, cubic, excludeOutside, antialias, regions }: Sampling): Taps & { outside: boolean[] } {
  const indices: number[][] = [];
  const weights: number[][] = [];
  const outside: boolean[] = [];
  const shrunk = antialias ? Math.min(scale, 1) : 1;
  const reach = mode === 'linear' ? 1 : 2;
  const start = Math.floor(-reach / shrunk) + 1;
  checkSize([target, mode === 'nearest' ? 1 : 2 * (1 - start)], mostTaps);
  for (let i = 0; i < target; i++) {
    const x = sourceAt(i, length, target, scale, coordinates, regions?.[axis] ?? [0, 1]);
    const first = Math.floor(x);
    const at = mode === 'nearest' ? [(nearestTo[nearest] ?? unknownRule(nearest))(x)] : Array.from({ length: 2 * (1 - start) }, (_, k) => first + start + k);
    let share = at.map((place) => (mode === 'nearest' ? 1 : mode === 'linear' ? Math.max(0, 1 - Math.abs(x - place) * shrunk) : cubicWeight((x - place) * shrunk, cubic)));
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
  throw new Error(`nearest_mode "${name}" is not known.`);
};

/** Each axis in turn: weighted sums of gathered elements, through which gradients flow. */
function resample(x: Tensor, sizes: readonly number[], scales: readonly number[], sampling: Sampling): Tensor {
  checkSize(sizes, mostResized);
  return x.shape.reduce((y, length, axis) => {
    if (sizes[axis] === length && scales[axis] === 1 && !sampling.regions) return y;
    const { indices, weights, outside } = tapsAlong(length, sizes[axis]!, scales[axis]!, axis, sampling);
    const count = indices[0]?.length ?? 1;
    const shape = y.shape.map((_, d) => (d === axis ? sizes[axis]! : 1));
    let total: Tensor | undefined;
    for (let k = 0; k < count; k++) {
      const part = gather(y, integers(indices.map((list) => list[k]!)), axis);
      const own = count === 1 ? part : mul(part, tensor(weights.map((list) => list[k]!), { shape, dtype: x.dtype, backend: x.backend }));
      total = total ? add(total, own) : own;
    }
    if (!outside.some(Boolean)) return total!;
    return where(tensor(outside.map(Number), { shape, dtype: 'bool' }), full([], sampling.extrapolation, x), total!);
  }, x);
}

function resize(x: Tensor, scales: Tensor | readonly number[] | undefined, sizes: Tensor | undefined, { attributes }: OperatorNode, defaults: Partial<Sampling> = {}, roi?: Tensor): Tensor {
  const axes = attributes.ints('axes', x.shape.map((_, i) => i)).map((axis) => (axis < 0 ? axis + x.rank : axis));
  const given = scales && ('dtype' in scales ? scales.numbers() : scales);
  const [targets, factors] = [[...x.shape], x.shape.map(() => 1)];
  if (given?.length) axes.forEach((axis, i) => [targets[axis], factors[axis]] = [Math.floor(x.shape[axis]! * given[i]!), given[i]!]);
  else if (sizes) {
    const wanted = integersOf(sizes, 'sizes');
    const policy = attributes.string('keep_aspect_ratio_policy', 'stretch');
    const each = wanted.map((size, i) => size / x.shape[axes[i]!]!);
    const one = policy === 'not_larger' ? Math.min(...each) : Math.max(...each);
    axes.forEach((axis, i) => [targets[axis], factors[axis]] = policy === 'stretch' ? [wanted[i]!, each[i]!] : [Math.floor(one * x.shape[axis]! + 0.5), one]);
  }
  else throw new Error('neither scales nor sizes are given.');
  const mode = attributes.string('mode', 'nearest');
  return resample(x, targets, factors, {
    mode: mode === 'bilinear' ? 'linear' : mode,
    coordinates: attributes.string('coordinate_transformation_mode', defaults.coordinates ?? 'half_pixel'),
    nearest: attributes.string('nearest_mode', defaults.nearest ?? 'round_prefer_floor'),
    cubic: attributes.float('cubic_coeff_a', -0.75), excludeOutside: attributes.int('exclude_outside', 0) === 1,
    antialias: attributes.int('antialias', 0) === 1 && mode !== 'nearest', extrapolation: attributes.float('extrapolation_value', 0),
    regions: attributes.string('coordinate_transformation_mode', '') === 'tf_crop_and_resize' && roi ? regionsOf(roi, axes, x.rank) : undefined,
  });
}

/** A region of interest is all starts, then all ends, along the axes it is for. */
function regionsOf(roi: Tensor, axes: readonly number[], rank: number): [number, number][] {
  const edges = roi.numbers();
  return Array.from({ length: rank }, (_, axis) => (axes.includes(axis) ? [edges[axes.indexOf(axis)]!, edges[axes.indexOf(axis) + axes.length]!] : [0, 1]));
}

const old: Partial<Sampling> = { coordinates: 'asymmetric', nearest: 'floor' };

export const resizeOperators: readonly OnnxOperator[] = [
  operator('Upsample', 7, ([x], node) => resize(x!, node.attributes.floats('scales'), undefined, node, old)),
  operator('Upsample', 9, ([x, scales], node) => resize(x!, scales, undefined, node, old), { inputs: 2, steering: [1] }),
  operator('Resize', 10, ([x, scales], node) => resize(x!, scales, undefined, node, old), { inputs: 2, steering: [1] }),
  operator('Resize', 11, ([x, roi, scales, sizes], node) => resize(x!, scales, sizes, node, {}, roi), { inputs: [1, 4], steering: [1, 2, 3] }),
];
