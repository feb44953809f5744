import { axisOf, gather, integers, reshape, type Shape, sizeOf, slice, stridesOf, type Tensor } from '@graft/tensor';
import { integersOf, type OnnxOperator, operator } from '../operator.ts';
import { scattered } from './scattered.ts';

/** The largest int64 means "to the end", which is beyond a double: any bound beyond the axis says the same. */
const bounds = (values: Tensor | readonly number[]): number[] =>
  'dtype' in values ? values.numbers().map((value) => Math.min(Math.max(value, -(2 ** 52)), 2 ** 52)) : [...values];

function sliced(x: Tensor, starts: readonly number[], ends: readonly number[], axes: readonly number[] = starts.map((_, i) => i), steps: readonly number[] = []): Tensor {
  const along = x.shape.map((): { start?: number; end?: number; step?: number } => ({}));
  axes.forEach((axis, i) => {
    const step = steps[i] ?? 1;
    const own = axisOf(axis, x.rank);
    // A backward slice that ends before the first element has no Python number for it.
    const end = step < 0 && ends[i]! < -x.shape[own]! ? undefined : ends[i]!;
    along[own] = { start: starts[i]!, step, ...(end !== undefined && { end }) };
  });
  return slice(x, along.map(({ start }) => start) as number[], along.map(({ end }) => end), along.map(({ step }) => step ?? 1));
}

const wrapped = (index: number, length: number): number => {
  if (index < -length || index >= length) throw new Error(`index ${index} is outside an axis of ${length} elements.`);
  return index < 0 ? index + length : index;
};

/**
 * For index tuples [..., k], the offset of each tuple's slice in units of slices.
 * @param batch that many leading dimensions of both go together
 */
function offsetsOf(indices: Tensor, shape: Shape, batch = 0): { offsets: number[]; depth: number } {
  const depth = indices.shape.at(-1)!;
  if (batch + depth > shape.length || batch >= indices.rank) throw new Error(`its indices [${indices.shape}] do not fit data of [${shape}] with ${batch} batch dimensions.`);
  const strides = stridesOf(shape.slice(0, batch + depth));
  const values = integersOf(indices, 'indices');
  const tuples = depth ? values.length / depth : sizeOf(indices.shape.slice(0, -1));
  const [perBatch, slices] = [tuples / Math.max(1, sizeOf(shape.slice(0, batch))), sizeOf(shape.slice(batch, batch + depth))];
  const place = (i: number): number => strides.slice(batch).reduce((sum, stride, k) => sum + wrapped(values[i * depth + k]!, shape[batch + k]!) * stride, Math.floor(i / perBatch) * slices);
  return { offsets: Array.from({ length: tuples }, (_, i) => place(i)), depth };
}

function gatherND(x: Tensor, indices: Tensor, batch: number): Tensor {
  const { offsets, depth } = offsetsOf(indices, x.shape, batch);
  const rest = x.shape.slice(batch + depth);
  return reshape(gather(reshape(x, [sizeOf(x.shape.slice(0, batch + depth)), ...rest]), integers(offsets)), [...indices.shape.slice(0, -1), ...rest]);
}

const scatterND = (data: Tensor, indices: Tensor, updates: Tensor, reduction: string): Tensor => {
  const { offsets, depth } = offsetsOf(indices, data.shape);
  const rest = data.shape.slice(depth);
  return reshape(scattered(reshape(data, [sizeOf(data.shape.slice(0, depth)), ...rest]), offsets, reshape(updates, [offsets.length, ...rest]), reduction), data.shape);
};

/** For each element of `indices`, the offset of the element of `shape` that has the same place but along the axis. */
function elementOffsets(indices: Tensor, shape: Shape, axis: number): number[] {
  const strides = stridesOf(shape);
  const own = stridesOf(indices.shape);
  return integersOf(indices, 'indices').map((index, at) =>
    strides.reduce((sum, stride, d) => sum + (d === axis ? wrapped(index, shape[d]!) : Math.floor(at / own[d]!) % indices.shape[d]!) * stride, 0));
}

export const gatherElements = (x: Tensor, indices: Tensor, axis: number): Tensor => reshape(gather(reshape(x, [-1]), integers(elementOffsets(indices, x.shape, axis))), indices.shape);

const scatterElements = (data: Tensor, indices: Tensor, updates: Tensor, axis: number, reduction = 'none'): Tensor =>
  reshape(scattered(reshape(data, [-1]), elementOffsets(indices, data.shape, axis), reshape(updates, [-1]), reduction), data.shape);

export const indexingOperators: readonly OnnxOperator[] = [
  operator('Gather', 1, ([x, indices], { attributes }) => gather(x!, indices!, attributes.int('axis', 0)), { inputs: 2 }),
  operator('GatherND', 11, ([x, indices], { attributes }) => gatherND(x!, indices!, attributes.int('batch_dims', 0)), { inputs: 2, steering: [1] }),
  operator('GatherElements', 11, ([x, indices], { attributes }) => gatherElements(x!, indices!, axisOf(attributes.int('axis', 0), x!.rank)), { inputs: 2, steering: [1] }),
  operator('ScatterND', 11, ([data, indices, updates], { attributes }) => scatterND(data!, indices!, updates!, attributes.string('reduction', 'none')), { inputs: 3, steering: [1] }),
  operator('ScatterElements', 11, ([data, indices, updates], { attributes }) =>
    scatterElements(data!, indices!, updates!, axisOf(attributes.int('axis', 0), data!.rank), attributes.string('reduction', 'none')), { inputs: 3, steering: [1] }),
  operator('Scatter', 9, ([data, indices, updates], { attributes }) => scatterElements(data!, indices!, updates!, axisOf(attributes.int('axis', 0), data!.rank)), { inputs: 3, steering: [1] }),
  operator('Slice', 1, ([x], { attributes }) => sliced(x!, attributes.ints('starts'), attributes.ints('ends'), attributes.ints('axes', undefined))),
  operator('Slice', 10, ([x, starts, ends, axes, steps]) =>
    sliced(x!, bounds(starts!), bounds(ends!), axes && integersOf(axes, 'axes'), steps && bounds(steps)), { inputs: [3, 5], steering: [1, 2, 3, 4] }),
];
