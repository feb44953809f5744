import { integers } from '../create.ts';
import { axisOf, type Shape, showShape, sizeOf, stridesOf } from '../spec.ts';
import type { Tensor } from '../tensor.ts';
import { gather } from './indexing.ts';
import { reshape } from './movement.ts';

/** Indices as numbers. @throws if their values are not known yet, or one is not an integer */
function indicesOf(indices: Tensor): number[] {
  if (!indices.backend.view)
    throw new Error(`The indices ${indices} depend on computed values, which are not known in advance.`);
  const values = indices.numbers();
  for (const value of values) if (!Number.isSafeInteger(value)) throw new Error(`Index ${value} is not an integer.`);
  return values;
}

const wrapped = (index: number, length: number): number => {
  if (index < -length || index >= length) throw new Error(`Index ${index} is outside an axis of ${length} elements.`);
  return index < 0 ? index + length : index;
};

/**
 * The offset of each index tuple's slice, for tuples [..., k], in units of slices.
 * @param batch number of shared leading dimensions
 */
export function sliceOffsets(indices: Tensor, shape: Shape, batch = 0): { offsets: number[]; depth: number } {
  const depth = indices.shape.at(-1)!;
  if (batch + depth > shape.length || batch >= indices.rank)
    throw new Error(
      `Indices of ${showShape(indices.shape)} do not fit data of ${showShape(shape)} with ${batch} batch dimensions.`,
    );
  const strides = stridesOf(shape.slice(0, batch + depth));
  const values = indicesOf(indices);
  const tuples = depth ? values.length / depth : sizeOf(indices.shape.slice(0, -1));
  const [perBatch, slices] = [
    tuples / Math.max(1, sizeOf(shape.slice(0, batch))),
    sizeOf(shape.slice(batch, batch + depth)),
  ];
  const place = (i: number): number =>
    strides
      .slice(batch)
      .reduce(
        (sum, stride, k) => sum + wrapped(values[i * depth + k]!, shape[batch + k]!) * stride,
        Math.floor(i / perBatch) * slices,
      );
  return { offsets: Array.from({ length: tuples }, (_, i) => place(i)), depth };
}

/** For each element of `indices`, the offset of the element of `shape` at the same position except along the axis. */
export function elementOffsets(indices: Tensor, shape: Shape, axis: number): number[] {
  if (indices.rank !== shape.length)
    throw new Error(
      `Indices of ${showShape(indices.shape)} do not fit data of ${showShape(shape)}: both must have the same number of dimensions.`,
    );
  const [strides, own] = [stridesOf(shape), stridesOf(indices.shape)];
  return indicesOf(indices).map((index, at) =>
    strides.reduce(
      (sum, stride, d) =>
        sum + wrapped(d === axis ? index : Math.floor(at / own[d]!) % indices.shape[d]!, shape[d]!) * stride,
      0,
    ),
  );
}

/**
 * Gathers slices by index tuples: data [...batch, ...named, ...rest], indices [...batch, ..., k] → [...batch, ..., ...rest]. ONNX's GatherND.
 * @param batchDims number of shared leading dimensions
 */
export function gatherND(x: Tensor, indices: Tensor, batchDims = 0): Tensor {
  const { offsets, depth } = sliceOffsets(indices, x.shape, batchDims);
  const rest = x.shape.slice(batchDims + depth);
  return reshape(gather(reshape(x, [sizeOf(x.shape.slice(0, batchDims + depth)), ...rest]), integers(offsets)), [
    ...indices.shape.slice(0, -1),
    ...rest,
  ]);
}

/** Gathers elements by index along an axis: PyTorch's `gather`, ONNX's GatherElements. The result has the indices' shape. */
export const gatherElements = (x: Tensor, indices: Tensor, axis: number): Tensor =>
  reshape(gather(reshape(x, [-1]), integers(elementOffsets(indices, x.shape, axisOf(axis, x.rank)))), indices.shape);
