import {
  add,
  concat,
  matmul,
  mul,
  narrow,
  reshape,
  sampleAt,
  sizeOf,
  stridesOf,
  type Tensor,
  tensor,
  toArray,
  type Windows,
} from '@graft/tensor';
import { checkSize, type OnnxOperator, operator, type OperatorNode } from '../operator.ts';
import { windowsOf } from './windows.ts';

/** The position of each tap of each window along one dimension, before offsets: [1, taps · windows]. */
function restingPlaces(
  d: number,
  out: readonly number[],
  { kernel, stride, dilation, before }: Windows,
  like: Tensor,
): Tensor {
  const [inKernel, inOut, windows] = [stridesOf(kernel), stridesOf(out), sizeOf(out)];
  const places = Array.from({ length: sizeOf(kernel) * windows }, (_, i) => {
    const [tap, at] = [
      Math.floor(Math.floor(i / windows) / inKernel[d]!) % kernel[d]!,
      Math.floor((i % windows) / inOut[d]!) % out[d]!,
    ];
    return at * stride[d]! - before[d]! + tap * dilation[d]!;
  });
  return tensor(toArray(places, like.dtype), { shape: [1, places.length], dtype: like.dtype, backend: like.backend });
}

/**
 * Deformable convolution: offsets move the elements of each window (Dai et al. 2017), with an optional mask (Zhu et al. 2019).
 * Inputs: x [batch, in, …], weight [out, in / groups, …], offsets [batch, groups of offsets · taps · dimensions, …], bias, mask.
 */
function deformConv(
  [x, w, offsets, bias, mask]: readonly (Tensor | undefined)[],
  { attributes }: OperatorNode,
): Tensor {
  const [batch, channels] = x!.shape as [number, number];
  const windows = windowsOf(attributes, x!.shape, attributes.ints('kernel_shape', w!.shape.slice(2)));
  const [groups, offsetGroups] = [attributes.int('group', 1), attributes.int('offset_group', 1)];
  const out = offsets!.shape.slice(2);
  const [taps, count, dimensions] = [sizeOf(windows.kernel), sizeOf(out), out.length];
  if (offsets!.shape[1] !== offsetGroups * taps * dimensions || channels % offsetGroups || channels % groups)
    throw new Error(`offsets of [${offsets!.shape}] do not match [${x!.shape}] and windows of [${windows.kernel}].`);
  checkSize([batch, channels, taps, count]);
  const moves = reshape(offsets!, [batch, offsetGroups, taps, dimensions, count]);
  const shares = mask && reshape(mask, [batch, offsetGroups, taps * count]);
  const own = channels / offsetGroups;
  const columns = Array.from({ length: offsetGroups }, (_, g) => {
    const places = out.map((_unused, d) =>
      add(reshape(narrow(narrow(moves, 1, g, 1), 3, d, 1), [batch, taps * count]), restingPlaces(d, out, windows, x!)),
    );
    const values = sampleAt(narrow(x!, 1, g * own, own), places, {
      mode: 'bilinear',
      padding: 'zeros',
      alignCorners: true,
    });
    return shares ? mul(values, narrow(shares, 1, g, 1)) : values;
  });
  const filters = reshape(w!, [1, groups, w!.shape[0]! / groups, -1]);
  const y = reshape(matmul(filters, reshape(concat(columns, 1), [batch, groups, (channels / groups) * taps, count])), [
    batch,
    w!.shape[0]!,
    ...out,
  ]);
  return bias ? add(y, reshape(bias, [1, -1, ...out.map(() => 1)])) : y;
}

export const deformConvOperators: readonly OnnxOperator[] = [
  operator('DeformConv', 19, deformConv, { inputs: [3, 5] }),
];
