import { abs, apply, avgPool2d, cast, GatherGrad, globalAvgPool, integers, js, max, MaxPool2dGather, maxPool2d, mul, pow, reshape, sizeOf, type Pool2dOptions, stridesOf, sum, type Tensor, tensor, to } from '@graft/tensor';
import { checkSize, integersOf, type OnnxOperator, operator, type OperatorNode } from '../operator.ts';
import { type Windows, windowsOf } from './windows.ts';

const spatial = (x: Tensor): number[] => Array.from({ length: x.rank - 2 }, (_, i) => i + 2);

/** A pooling over some of the last dimensions falls into poolings over one or two of them. */
function pooled(x: Tensor, windows: Windows, pool: (image: Tensor, options: Pool2dOptions) => Tensor): Tensor {
  const { kernel, stride, dilation, before, after } = windows;
  const options = (i: number, j: number | undefined): Pool2dOptions => {
    const of = (values: readonly number[], otherwise: number): [number, number] => [values[i]!, j === undefined ? otherwise : values[j]!];
    const [b, a] = [of(before, 0), of(after, 0)];
    return { kernel: of(kernel, 1), stride: of(stride, 1), dilation: of(dilation, 1), padding: [...b, ...a] };
  };
  const count = kernel.length;
  if (count === 2) return pool(x, options(0, 1));
  let y = x;
  for (let i = 0; i < count; i++) {
    const axis = i + 2;
    const { shape } = y;
    const image = pool(reshape(y, [shape[0]!, sizeOf(shape.slice(1, axis)), shape[axis]!, sizeOf(shape.slice(axis + 1))]), options(i, undefined));
    y = reshape(image, shape.map((dim, k) => (k === axis ? image.shape[2]! : dim)));
  }
  return y;
}

/** The greatest elements, and where they stand in the flattened tensor. */
function maxPool(x: Tensor, { attributes, outputs }: OperatorNode): Tensor | Tensor[] {
  const windows = windowsOf(attributes, x.shape);
  const ceilMode = attributes.int('ceil_mode', 0) === 1;
  if (!outputs[1]) return pooled(x, windows, (image, options) => maxPool2d(image, { ...options, ceilMode }));
  // The places go the same way as the elements that stand there.
  let places = placesOf(x, attributes.int('storage_order', 0) === 1);
  const values = pooled(x, windows, (image, { kernel, stride, dilation, padding }) => {
    const y = maxPool2d(image, { kernel, stride: stride!, dilation: dilation!, padding: padding!, ceilMode });
    places = apply(MaxPool2dGather, [reshape(places, image.shape), image, y], { kernel: kernel as never, stride: stride as never, dilation: dilation as never, padding: padding as never, ceilMode, countIncludePad: true });
    return y;
  });
  return [values, reshape(cast(to(places, js), 'int64'), values.shape)];
}

/** Each element's index; in columns first where `byColumn`. */
function placesOf(x: Tensor, byColumn: boolean): Tensor {
  const size = x.shape.slice(2);
  const plane = sizeOf(size);
  const strides = stridesOf(size);
  const column = byColumn ? stridesOf(size.toReversed()).toReversed() : strides;
  const places = Float64Array.from({ length: x.size }, (_, i) => i - (i % plane) + strides.reduce((sum, stride, d) => sum + (Math.floor((i % plane) / stride) % size[d]!) * column[d]!, 0));
  return tensor(places, { shape: x.shape, backend: x.backend });
}

/** @param countIncludePad before version 7 padding always stayed out of the mean */
export const averagePool = (x: Tensor, { attributes }: OperatorNode, countIncludePad: boolean): Tensor =>
  pooled(x, windowsOf(attributes, x.shape), (image, options) => avgPool2d(image, { ...options, ceilMode: attributes.int('ceil_mode', 0) === 1, countIncludePad }));

/** The p-norm of each window: the mean of powers, times how many there are. */
function lpPool(x: Tensor, { attributes }: OperatorNode): Tensor {
  const p = attributes.int('p', 2);
  const windows = windowsOf(attributes, x.shape);
  const means = pooled(pow(abs(x), p), windows, (image, options) => avgPool2d(image, { ...options, ceilMode: attributes.int('ceil_mode', 0) === 1, countIncludePad: true }));
  return pow(mul(means, sizeOf(windows.kernel)), 1 / p);
}

/** Elements back where a max pooling took them from, zeros elsewhere. */
function maxUnpool(x: Tensor, indices: Tensor, wanted: readonly number[] | undefined, { attributes }: OperatorNode): Tensor {
  const { kernel, stride, before, after } = windowsOf(attributes, x.shape);
  const own = [...x.shape.slice(0, 2), ...x.shape.slice(2).map((dim, i) => (dim - 1) * stride[i]! + kernel[i]! - before[i]! - after[i]!)];
  const shape = checkSize(wanted ?? own);
  const [strides, target] = [stridesOf(own), stridesOf(shape)];
  // Indices count in the size that the pooling had, which a wanted one may extend.
  const places = integersOf(indices, 'indices').map((index) => strides.reduce((sum, step, d) => sum + (Math.floor(index / step) % own[d]!) * target[d]!, 0));
  return reshape(apply(GatherGrad, [reshape(x, [-1]), integers(places)], { axis: 0, shape: [sizeOf(shape)] }), shape);
}

export const poolingOperators: readonly OnnxOperator[] = [
  operator('MaxPool', 1, ([x], node) => maxPool(x!, node)),
  operator('AveragePool', 1, ([x], node) => averagePool(x!, node, false)),
  operator('AveragePool', 7, ([x], node) => averagePool(x!, node, node.attributes.int('count_include_pad', 0) === 1)),
  operator('LpPool', 2, ([x], node) => lpPool(x!, node)),
  operator('MaxUnpool', 9, ([x, indices, shape], node) => maxUnpool(x!, indices!, shape && integersOf(shape, 'output_shape'), node), { inputs: [2, 3], steering: [1, 2] }),
  operator('GlobalAveragePool', 1, ([x]) => globalAvgPool(x!)),
  operator('GlobalMaxPool', 1, ([x]) => max(x!, spatial(x!), true)),
  operator('GlobalLpPool', 2, ([x], { attributes }) => pow(sum(pow(abs(x!), attributes.int('p', 2)), spatial(x!), true), 1 / attributes.int('p', 2))),
];
