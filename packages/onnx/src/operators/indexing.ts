import {
  axisOf,
  gather,
  gatherElements,
  gatherND,
  scatterElements,
  scatterND,
  type ScatterReduction,
  slice,
  type Tensor,
} from '@graft/tensor';
import { integersOf, numbersOf, type OnnxOperator, operator, type OperatorNode } from '../operator.ts';

/** The largest int64 means "to the end", which a double cannot represent; any bound beyond the axis is equivalent. */
const bounds = (values: Tensor | readonly number[]): number[] =>
  'dtype' in values
    ? numbersOf(values, 'bounds').map((value) => Math.min(Math.max(value, -(2 ** 52)), 2 ** 52))
    : [...values];

function sliced(
  x: Tensor,
  starts: readonly number[],
  ends: readonly number[],
  axes: readonly number[] = starts.map((_, i) => i),
  steps: readonly number[] = [],
): Tensor {
  const along = x.shape.map((): { start?: number; end?: number; step?: number } => ({}));
  axes.forEach((axis, i) => {
    const step = steps[i] ?? 1;
    const own = axisOf(axis, x.rank);
    // A backward slice that ends before the first element cannot be expressed with a Python index.
    const end = step < 0 && ends[i]! < -x.shape[own]! ? undefined : ends[i]!;
    along[own] = { start: starts[i]!, step, ...(end !== undefined && { end }) };
  });
  return slice(
    x,
    along.map(({ start }) => start) as number[],
    along.map(({ end }) => end),
    along.map(({ step }) => step ?? 1),
  );
}

/** How updates are combined; unknown names are rejected where they are used. */
const reductionOf = ({ attributes }: OperatorNode): ScatterReduction =>
  attributes.string('reduction', 'none') as ScatterReduction;

export const indexingOperators: readonly OnnxOperator[] = [
  operator('Gather', 1, ([x, indices], { attributes }) => gather(x!, indices!, attributes.int('axis', 0)), {
    inputs: 2,
  }),
  operator('GatherND', 11, ([x, indices], { attributes }) => gatherND(x!, indices!, attributes.int('batch_dims', 0)), {
    inputs: 2,
    steering: [1],
  }),
  operator(
    'GatherElements',
    11,
    ([x, indices], { attributes }) => gatherElements(x!, indices!, attributes.int('axis', 0)),
    { inputs: 2, steering: [1] },
  ),
  operator(
    'ScatterND',
    11,
    ([data, indices, updates], node) => scatterND(data!, indices!, updates!, reductionOf(node)),
    { inputs: 3, steering: [1] },
  ),
  operator(
    'ScatterElements',
    11,
    ([data, indices, updates], node) =>
      scatterElements(data!, indices!, updates!, node.attributes.int('axis', 0), reductionOf(node)),
    { inputs: 3, steering: [1] },
  ),
  operator(
    'Scatter',
    9,
    ([data, indices, updates], { attributes }) => scatterElements(data!, indices!, updates!, attributes.int('axis', 0)),
    { inputs: 3, steering: [1] },
  ),
  operator('Slice', 1, ([x], { attributes }) =>
    sliced(x!, attributes.ints('starts'), attributes.ints('ends'), attributes.ints('axes', undefined)),
  ),
  operator(
    'Slice',
    10,
    ([x, starts, ends, axes, steps]) =>
      sliced(x!, bounds(starts!), bounds(ends!), axes && integersOf(axes, 'axes'), steps && bounds(steps)),
    { inputs: [3, 5], steering: [1, 2, 3, 4] },
  ),
];
