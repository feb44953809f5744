import { normalizeBatch } from '@graft/layers';
import {
  add,
  axisOf,
  batchNorm,
  cast,
  concat,
  div,
  equal,
  groupNorm,
  mean,
  moments,
  mul,
  narrow,
  type Parameter,
  pow,
  reshape,
  square,
  sqrt,
  standardize,
  sub,
  sum,
  type Tensor,
  abs,
  avgPool2d,
  expand,
} from '@graft/tensor';
import { type OnnxOperator, operator, type OperatorContext, type OperatorNode } from '../operator.ts';

const row = (v: Tensor): Tensor => reshape(v, [1, -1]);

/** Uses running statistics at inference and batch statistics in training unless frozen, like BatchNorm2d of @graft/layers. */
function batchNormalization(
  inputs: readonly (Tensor | undefined)[],
  { attributes }: OperatorNode,
  { run, parameters }: OperatorContext,
): Tensor | Tensor[] {
  const [x, scale, bias, running, variance] = inputs as [Tensor, Tensor, Tensor, Tensor, Tensor];
  const epsilon = attributes.float('epsilon', 1e-5);
  const momentum = attributes.float('momentum', 0.9); // the weight of the old statistics
  const [, weight, shift, mean, spread] = parameters as readonly (Parameter | undefined)[];
  const own = weight && shift && mean && spread;
  if (run.training && own)
    return normalizeBatch(
      x,
      { weight, bias: shift, running_mean: mean, running_var: spread },
      { epsilon, momentum: 1 - momentum },
      run,
    );
  // A file exported in training mode has this set; if the statistics are the model's own, the mode of the run takes precedence.
  if (attributes.int('training_mode', 0) === 1 && !own) {
    const batch = moments(x);
    const blended = (old: Tensor, i: number): Tensor =>
      add(mul(old, momentum), mul(reshape(narrow(batch, 0, i, 1), [-1]), 1 - momentum));
    return [batchNorm(x, scale, bias, batch, { epsilon, training: true }), blended(running, 0), blended(variance, 1)];
  }
  if (mean && spread) return batchNorm(x, scale, bias, concat([row(running), row(variance)], 0), { epsilon });
  // Statistics that are graph values have gradients, but the op treats them as constants.
  const along = (v: Tensor): Tensor => alongChannels(v, x.rank);
  return add(mul(div(sub(x, along(running)), sqrt(add(along(variance), epsilon))), along(scale)), along(bias));
}

interface Normalized {
  readonly y: Tensor;
  /** The subtracted mean, if any. */
  readonly mean?: Tensor;
  readonly inverse: Tensor;
}

/** (x − mean) / √(variance + epsilon) over some axes. */
function normalized(x: Tensor, axes: readonly number[], epsilon: number): { y: Tensor; mean: Tensor; inverse: Tensor } {
  const center = mean(x, axes, true);
  const centered = sub(x, center);
  const inverse = div(1, sqrt(add(mean(square(centered), axes, true), epsilon)));
  return { y: mul(centered, inverse), mean: center, inverse };
}

const alongChannels = (v: Tensor, rank: number): Tensor => reshape(v, [1, -1, ...Array<number>(rank - 2).fill(1)]);
const from = (start: number, rank: number): number[] => Array.from({ length: rank - start }, (_, i) => start + i);

const fromAxis = (axis: number, rank: number): number[] => from(axisOf(axis, rank), rank);

/** Layer normalisation over the dimensions from an axis (Ba et al. 2016). */
export const layerNormalized = (x: Tensor, axis: number, epsilon: number): Normalized =>
  normalized(x, fromAxis(axis, x.rank), epsilon);

/** The same without the mean (Zhang and Sennrich 2019). */
export function rmsNormalized(x: Tensor, axis: number, epsilon: number): Normalized {
  const inverse = div(1, sqrt(add(mean(square(x), fromAxis(axis, x.rank), true), epsilon)));
  return { y: mul(x, inverse), inverse };
}

function layerNormalization(
  [x, scale, bias]: readonly (Tensor | undefined)[],
  { attributes, outputs }: OperatorNode,
): Tensor | Tensor[] {
  const [axis, epsilon] = [attributes.int('axis', -1), attributes.float('epsilon', 1e-5)];
  const whole = (y: Tensor): Tensor => (bias ? add(mul(y, scale!), bias) : mul(y, scale!));
  if (outputs.length < 2) return whole(standardize(x!, x!.rank - axisOf(axis, x!.rank), epsilon)); // one op, with kernels
  const { y, mean, inverse } = layerNormalized(x!, axis, epsilon);
  return [whole(y), mean!, inverse];
}

/** Local response normalisation across channels (Krizhevsky et al. 2012). */
function localResponse(x: Tensor, { attributes }: OperatorNode): Tensor {
  const size = attributes.int('size');
  const [n, c] = x.shape as [number, number];
  // Averaging over neighbouring channels is pooling over an image whose rows are the channels.
  const rows = reshape(square(x), [n, 1, c, -1]);
  const before = Math.floor((size - 1) / 2);
  const means = avgPool2d(rows, {
    kernel: [size, 1],
    stride: 1,
    padding: [before, 0, size - 1 - before, 0],
    countIncludePad: true,
  });
  const divisor = pow(
    add(mul(reshape(means, x.shape), attributes.float('alpha', 1e-4)), attributes.float('bias', 1)),
    attributes.float('beta', 0.75),
  );
  return div(x, divisor);
}

export const normalizationOperators: readonly OnnxOperator[] = [
  operator('BatchNormalization', 1, batchNormalization, { inputs: 5 }),
  operator('LayerNormalization', 17, layerNormalization, { inputs: [2, 3] }),
  operator('LayerNormalization', 1, layerNormalization, { inputs: [2, 3] }), // files from PyTorch and optimisers use it before 17
  operator(
    'InstanceNormalization',
    1,
    ([x, scale, bias], { attributes }) =>
      add(
        mul(groupNorm(x!, x!.shape[1]!, attributes.float('epsilon', 1e-5)), alongChannels(scale!, x!.rank)),
        alongChannels(bias!, x!.rank),
      ),
    { inputs: 3 },
  ),
  // Version 18 has a scale for each group, 21 one for each channel.
  operator(
    'GroupNormalization',
    18,
    ([x, scale, bias], { attributes }) => {
      const groups = attributes.int('num_groups');
      const spread = (v: Tensor): Tensor =>
        v.size === x!.shape[1] ? v : reshape(expand(reshape(v, [-1, 1]), [groups, x!.shape[1]! / groups]), [-1]);
      return add(
        mul(groupNorm(x!, groups, attributes.float('epsilon', 1e-5)), alongChannels(spread(scale!), x!.rank)),
        alongChannels(spread(bias!), x!.rank),
      );
    },
    { inputs: 3 },
  ),
  operator('LRN', 1, ([x], node) => localResponse(x!, node)),
  operator('LpNormalization', 1, ([x], { attributes }) => {
    const axis = attributes.int('axis', -1);
    const size = attributes.int('p', 2) === 1 ? sum(abs(x!), axis, true) : sqrt(sum(square(x!), axis, true));
    // A vector of zeros stays one, and its gradient is that of dividing by 1.
    return div(x!, add(size, cast(equal(size, mul(size, 0)), size.dtype)));
  }),
  operator(
    'MeanVarianceNormalization',
    9,
    ([x], { attributes }) => normalized(x!, attributes.ints('axes', [0, 2, 3]), 1e-9).y,
  ),
  operator(
    'RMSNormalization',
    23,
    ([x, scale], { attributes }) =>
      mul(rmsNormalized(x!, attributes.int('axis', -1), attributes.float('epsilon', 1e-5)).y, scale!),
    { inputs: 2 },
  ),
  // Written by onnxruntime's optimiser, in ONNX's own domain.
  operator(
    'SimplifiedLayerNormalization',
    1,
    ([x, scale], { attributes }) => {
      const { y, inverse } = rmsNormalized(x!, attributes.int('axis', -1), attributes.float('epsilon', 1e-5));
      return [mul(y, scale!), inverse];
    },
    { inputs: 2 },
  ),
];
