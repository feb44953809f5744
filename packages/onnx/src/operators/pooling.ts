import {
  apply,
  avgPool,
  cast,
  GatherGrad,
  globalAvgPool,
  integers,
  js,
  lpNorm,
  lpPool,
  max,
  maxPool,
  MaxPool2dGather,
  maxPool2d,
  pooled,
  reshape,
  sizeOf,
  stridesOf,
  type Tensor,
  tensor,
  upload,
} from '@graft/tensor';
import { checkSize, integersOf, type OnnxOperator, operator, type OperatorNode } from '../operator.ts';
import { slidingWindowsOf, windowsOf } from './windows.ts';

const spatial = (x: Tensor): number[] => Array.from({ length: x.rank - 2 }, (_, i) => i + 2);

/** The maxima and their indices in the flattened tensor. */
function maxPoolWithPlaces(x: Tensor, { attributes, outputs }: OperatorNode): Tensor | Tensor[] {
  const windows = slidingWindowsOf(attributes, x.shape);
  const ceilMode = attributes.int('ceil_mode', 0) === 1;
  if (!outputs[1]) return maxPool(x, windows, { ceilMode });
  // Indices are gathered like the elements.
  let places = placesOf(x, attributes.int('storage_order', 0) === 1);
  const values = pooled(x, windows, (image, { kernel, stride, dilation, padding }) => {
    const y = maxPool2d(image, { kernel, stride: stride!, dilation: dilation!, padding: padding!, ceilMode });
    places = apply(MaxPool2dGather, [reshape(places, image.shape), image, y], {
      kernel: kernel as never,
      stride: stride as never,
      dilation: dilation as never,
      padding: padding as never,
      ceilMode,
      countIncludePad: true,
    });
    return y;
  });
  // Integers belong on the host if it can read them.
  const whole = places.backend.view ? upload(places, js) : places;
  return [values, reshape(cast(whole, 'int64'), values.shape)];
}

/** Each element's index; in column-major order if `byColumn`. */
function placesOf(x: Tensor, byColumn: boolean): Tensor {
  const size = x.shape.slice(2);
  const plane = sizeOf(size);
  const strides = stridesOf(size);
  const column = byColumn ? stridesOf(size.toReversed()).toReversed() : strides;
  const places = Float64Array.from(
    { length: x.size },
    (_, i) =>
      i -
      (i % plane) +
      strides.reduce((sum, stride, d) => sum + (Math.floor((i % plane) / stride) % size[d]!) * column[d]!, 0),
  );
  return tensor(places, { shape: x.shape, backend: x.backend });
}

/** @param countIncludePad before version 7 the mean always excluded padding */
export const averagePool = (x: Tensor, { attributes }: OperatorNode, countIncludePad: boolean): Tensor =>
  avgPool(x, slidingWindowsOf(attributes, x.shape), {
    ceilMode: attributes.int('ceil_mode', 0) === 1,
    countIncludePad,
  });

/** Puts elements back where max pooling took them from, with zeros elsewhere. */
function maxUnpool(
  x: Tensor,
  indices: Tensor,
  wanted: readonly number[] | undefined,
  { attributes }: OperatorNode,
): Tensor {
  const { kernel, stride, before, after } = windowsOf(attributes, x.shape);
  const own = [
    ...x.shape.slice(0, 2),
    ...x.shape.slice(2).map((dim, i) => (dim - 1) * stride[i]! + kernel[i]! - before[i]! - after[i]!),
  ];
  const shape = checkSize(wanted ?? own);
  const [strides, target] = [stridesOf(own), stridesOf(shape)];
  // Indices refer to the pooling's input size, which a given size may extend.
  const places = integersOf(indices, 'indices').map((index) =>
    strides.reduce((sum, step, d) => sum + (Math.floor(index / step) % own[d]!) * target[d]!, 0),
  );
  return reshape(apply(GatherGrad, [reshape(x, [-1]), integers(places)], { axis: 0, shape: [sizeOf(shape)] }), shape);
}

export const poolingOperators: readonly OnnxOperator[] = [
  operator('MaxPool', 1, ([x], node) => maxPoolWithPlaces(x!, node)),
  operator('AveragePool', 1, ([x], node) => averagePool(x!, node, false)),
  operator('AveragePool', 7, ([x], node) => averagePool(x!, node, node.attributes.int('count_include_pad', 0) === 1)),
  operator('LpPool', 2, ([x], { attributes }) =>
    lpPool(x!, slidingWindowsOf(attributes, x!.shape), {
      p: attributes.int('p', 2),
      ceilMode: attributes.int('ceil_mode', 0) === 1,
    }),
  ),
  operator(
    'MaxUnpool',
    9,
    ([x, indices, shape], node) => maxUnpool(x!, indices!, shape && integersOf(shape, 'output_shape'), node),
    { inputs: [2, 3], steering: [1, 2] },
  ),
  operator('GlobalAveragePool', 1, ([x]) => globalAvgPool(x!)),
  operator('GlobalMaxPool', 1, ([x]) => max(x!, spatial(x!), true)),
  operator('GlobalLpPool', 2, ([x], { attributes }) => lpNorm(x!, attributes.int('p', 2), spatial(x!), true)),
];
