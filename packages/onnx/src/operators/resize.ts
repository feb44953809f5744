import { resample, type Sampling, type Tensor } from '@graft/tensor';
import { checkSize, integersOf, numbersOf, type OnnxOperator, operator, type OperatorNode } from '../operator.ts';

/** Maximum number of taps along one axis: each is an entry in a list. */
const mostTaps = 2 ** 22;
/** Maximum number of elements of the result: several tensors of its size are in use at once. */
const mostResized = 2 ** 26;

function resize(
  x: Tensor,
  scales: Tensor | readonly number[] | undefined,
  sizes: Tensor | undefined,
  { attributes }: OperatorNode,
  defaults: Partial<Sampling> = {},
  roi?: Tensor,
): Tensor {
  const axes = attributes
    .ints(
      'axes',
      x.shape.map((_, i) => i),
    )
    .map((axis) => (axis < 0 ? axis + x.rank : axis));
  const given = scales && ('dtype' in scales ? numbersOf(scales, 'scales') : scales);
  const [targets, factors] = [[...x.shape], x.shape.map(() => 1)];
  if (given?.length)
    axes.forEach((axis, i) => ([targets[axis], factors[axis]] = [Math.floor(x.shape[axis]! * given[i]!), given[i]!]));
  else if (sizes) {
    const wanted = integersOf(sizes, 'sizes');
    const policy = attributes.string('keep_aspect_ratio_policy', 'stretch');
    const each = wanted.map((size, i) => size / x.shape[axes[i]!]!);
    const one = policy === 'not_larger' ? Math.min(...each) : Math.max(...each);
    axes.forEach(
      (axis, i) =>
        ([targets[axis], factors[axis]] =
          policy === 'stretch' ? [wanted[i]!, each[i]!] : [Math.floor(one * x.shape[axis]! + 0.5), one]),
    );
  } else throw new Error('it has neither scales nor sizes.');
  const mode = attributes.string('mode', 'nearest');
  checkSize(targets, mostResized);
  const antialias = attributes.int('antialias', 0) === 1 && mode !== 'nearest';
  // Downsampling reads all elements that each output covers.
  const taps = (axis: number): number =>
    mode === 'nearest' ? 1 : 2 * Math.ceil((mode === 'cubic' ? 2 : 1) / (antialias ? Math.min(factors[axis]!, 1) : 1));
  for (const [axis, target] of targets.entries()) checkSize([target, taps(axis)], mostTaps);
  return resample(x, targets, factors, {
    mode: (mode === 'bilinear' ? 'linear' : mode) as Sampling['mode'],
    coordinates: attributes.string('coordinate_transformation_mode', defaults.coordinates ?? 'half_pixel'),
    nearest: attributes.string('nearest_mode', defaults.nearest ?? 'round_prefer_floor'),
    cubic: attributes.float('cubic_coeff_a', -0.75),
    excludeOutside: attributes.int('exclude_outside', 0) === 1,
    antialias,
    extrapolation: attributes.float('extrapolation_value', 0),
    regions:
      attributes.string('coordinate_transformation_mode', '') === 'tf_crop_and_resize' && roi
        ? regionsOf(roi, axes, x.rank)
        : undefined,
  });
}

/** A region of interest lists all starts, then all ends, along its axes. */
function regionsOf(roi: Tensor, axes: readonly number[], rank: number): [number, number][] {
  const edges = numbersOf(roi, 'roi');
  return Array.from({ length: rank }, (_, axis) =>
    axes.includes(axis) ? [edges[axes.indexOf(axis)]!, edges[axes.indexOf(axis) + axes.length]!] : [0, 1],
  );
}

const old: Partial<Sampling> = { coordinates: 'asymmetric', nearest: 'floor' };

export const resizeOperators: readonly OnnxOperator[] = [
  operator('Upsample', 7, ([x], node) => resize(x!, node.attributes.floats('scales'), undefined, node, old)),
  operator('Upsample', 9, ([x, scales], node) => resize(x!, scales, undefined, node, old), {
    inputs: 2,
    steering: [1],
  }),
  operator('Resize', 10, ([x, scales], node) => resize(x!, scales, undefined, node, old), { inputs: 2, steering: [1] }),
  operator('Resize', 11, ([x, roi, scales, sizes], node) => resize(x!, scales, sizes, node, {}, roi), {
    inputs: [1, 4],
    steering: [1, 2, 3],
  }),
];
