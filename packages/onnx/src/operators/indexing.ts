import { axisOf, concat, gather, integers, reshape, type Shape, sizeOf, slice, stridesOf, type Tensor, tensor, where } from '@graft/tensor';
import { integersOf, type OnnxOperator, operator, type OperatorNode } from '../operator.ts';

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

/** For index tuples [..., k], the offset of each tuple's slice in units of slices. */
function offsetsOf(indices: Tensor, shape: Shape): { offsets: number[]; depth: number } {
  const depth = indices.shape.at(-1)!;
  const strides = stridesOf(shape.slice(0, depth));
  const values = integersOf(indices, 'indices');
  const offsets = Array.from({ length: values.length / depth }, (_, i) => strides.reduce((sum, stride, k) => sum + wrapped(values[i * depth + k]!, shape[k]!) * stride, 0));
  return { offsets, depth };
}

function gatherND(x: Tensor, indices: Tensor): Tensor {
  const { offsets, depth } = offsetsOf(indices, x.shape);
  const rest = x.shape.slice(depth);
  return reshape(gather(reshape(x, [sizeOf(x.shape.slice(0, depth)), ...rest]), integers(offsets)), [...indices.shape.slice(0, -1), ...rest]);
}

/** Slices of the data are replaced by updates: the result is gathered from both, one below the other. */
function scatterND(data: Tensor, indices: Tensor, updates: Tensor): Tensor {
  const { offsets, depth } = offsetsOf(indices, data.shape);
  const rest = data.shape.slice(depth);
  const count = sizeOf(data.shape.slice(0, depth));
  const rows = concat([reshape(data, [count, ...rest]), reshape(updates, [offsets.length, ...rest])], 0);
  const from = Array.from({ length: count }, (_, i) => i);
  offsets.forEach((offset, i) => (from[offset] = count + i));
  return reshape(gather(rows, integers(from)), data.shape);
}

/** For each element of `indices`, the offset of the element of `shape` that has the same place but along the axis. */
function elementOffsets(indices: Tensor, shape: Shape, axis: number): number[] {
  const strides = stridesOf(shape);
  const own = stridesOf(indices.shape);
  return integersOf(indices, 'indices').map((index, at) =>
    strides.reduce((sum, stride, d) => sum + (d === axis ? wrapped(index, shape[d]!) : Math.floor(at / own[d]!) % indices.shape[d]!) * stride, 0));
}

const gatherElements = (x: Tensor, indices: Tensor, axis: number): Tensor => reshape(gather(reshape(x, [-1]), integers(elementOffsets(indices, x.shape, axis))), indices.shape);

function scatterElements(data: Tensor, indices: Tensor, updates: Tensor, axis: number): Tensor {
  const from = Array.from({ length: data.size }, (_, i) => i);
  elementOffsets(indices, data.shape, axis).forEach((offset, i) => (from[offset] = data.size + i));
  return reshape(gather(concat([reshape(data, [-1]), reshape(updates, [-1])], 0), integers(from)), data.shape);
}

/** The greatest (or least) elements along an axis, and where they stand; of equal ones the first. */
function topK(x: Tensor, k: number, { attributes }: OperatorNode): Tensor[] {
  if (!x.backend.view) throw new Error('which elements are the greatest depends on computed values, which are not known ahead.');
  const axis = axisOf(attributes.int('axis', -1), x.rank);
  const sign = attributes.int('largest', 1) ? -1 : 1;
  const [length, inner] = [x.shape[axis]!, sizeOf(x.shape.slice(axis + 1))];
  const values = x.numbers();
  const shape = x.shape.map((dim, i) => (i === axis ? k : dim));
  const chosen = new Array<number>(sizeOf(shape));
  for (let row = 0; row < values.length / length; row++) {
    const at = (i: number, count: number): number => (Math.floor(row / inner) * count + i) * inner + (row % inner);
    const order = Array.from({ length }, (_, i) => i).sort((a, b) => sign * (values[at(a, length)]! - values[at(b, length)]!) || a - b);
    for (let i = 0; i < k; i++) chosen[at(i, k)] = order[i]!;
  }
  const indices = integers(chosen, shape);
  return [gatherElements(x, indices, axis), indices];
}

/** Where elements are not zero: one column of coordinates for each. */
function nonZero(x: Tensor): Tensor {
  if (!x.backend.view) throw new Error('which elements are not zero depends on computed values, which are not known ahead.');
  const strides = stridesOf(x.shape);
  const found = x.numbers().flatMap((value, i) => (value === 0 ? [] : [i]));
  return integers(x.shape.flatMap((dim, axis) => found.map((at) => Math.floor(at / strides[axis]!) % dim)), [x.rank, found.length]);
}

/** Keeps what a list of booleans picks along an axis; of the flattened tensor where none is named. */
function compress(x: Tensor, condition: Tensor, axis: number | undefined): Tensor {
  const picked = integersOf(condition, 'condition').flatMap((keep, i) => (keep ? [i] : []));
  return axis === undefined ? gather(reshape(x, [-1]), integers(picked)) : gather(x, integers(picked), axis);
}

/** Keeps a triangle of the last two dimensions. */
function triangle(x: Tensor, k: number, upper: boolean): Tensor {
  const [rows, columns] = x.shape.slice(-2) as [number, number];
  const keeps = Uint8Array.from({ length: rows * columns }, (_, i) => {
    const distance = (i % columns) - Math.floor(i / columns);
    return Number(upper ? distance >= k : distance <= k);
  });
  return where(tensor(keeps, { shape: [rows, columns], dtype: 'bool' }), x, tensor([0], { shape: [], dtype: x.dtype, backend: x.backend }));
}

const noReduction = (reduction: string): void => {
  if (reduction !== 'none') throw new Error(`reduction "${reduction}" is not supported.`);
};

export const indexingOperators: readonly OnnxOperator[] = [
  operator('Gather', 1, ([x, indices], { attributes }) => gather(x!, indices!, attributes.int('axis', 0)), { inputs: 2 }),
  operator('GatherND', 11, ([x, indices], { attributes }) => {
    if (attributes.int('batch_dims', 0)) throw new Error('batch_dims is not supported.');
    return gatherND(x!, indices!);
  }, { inputs: 2, steering: [1] }),
  operator('GatherElements', 11, ([x, indices], { attributes }) => gatherElements(x!, indices!, axisOf(attributes.int('axis', 0), x!.rank)), { inputs: 2, steering: [1] }),
  operator('ScatterND', 11, ([data, indices, updates], { attributes }) => {
    noReduction(attributes.string('reduction', 'none'));
    return scatterND(data!, indices!, updates!);
  }, { inputs: 3, steering: [1] }),
  operator('ScatterElements', 11, ([data, indices, updates], { attributes }) => {
    noReduction(attributes.string('reduction', 'none'));
    return scatterElements(data!, indices!, updates!, axisOf(attributes.int('axis', 0), data!.rank));
  }, { inputs: 3, steering: [1] }),
  operator('Scatter', 9, ([data, indices, updates], { attributes }) => scatterElements(data!, indices!, updates!, axisOf(attributes.int('axis', 0), data!.rank)), { inputs: 3, steering: [1] }),
  operator('TopK', 10, ([x, k], node) => topK(x!, integersOf(k!, 'k')[0]!, node), { inputs: 2, steering: [1] }),
  operator('NonZero', 9, ([x]) => nonZero(x!)),
  operator('Compress', 9, ([x, condition], { attributes }) => compress(x!, condition!, attributes.int('axis', undefined)), { inputs: 2, steering: [1] }),
  operator('Slice', 1, ([x], { attributes }) => sliced(x!, attributes.ints('starts'), attributes.ints('ends'), attributes.ints('axes', undefined))),
  operator('Slice', 10, ([x, starts, ends, axes, steps]) =>
    sliced(x!, bounds(starts!), bounds(ends!), axes && integersOf(axes, 'axes'), steps && bounds(steps)), { inputs: [3, 5], steering: [1, 2, 3, 4] }),
  operator('Trilu', 14, ([x, k], { attributes }) => triangle(x!, k ? integersOf(k, 'k')[0]! : 0, attributes.int('upper', 1) === 1), { inputs: [1, 2], steering: [1] }),
];
