import { type HostArray, tensor } from '@graft/tensor';
import { describe, expect, test } from 'vitest';
import { expectSameAsOnnxruntime } from '../../test/onnxruntime.ts';
import { importOnnx } from '../import-onnx.ts';
import { buildModel, floats, longs, type ModelSketch, noise } from '../suite/build-model.ts';
import { microsoftCases, microsoftIntegerCases } from '../../test/microsoft-cases.ts';
import { type Case, furtherCases, modelOf } from '../../test/operator-cases.ts';
import { float } from '../proto/write.ts';
import { standardOperators } from './index.ts';

const image = (shape: readonly number[], seed = 1): HostArray => floats(shape, noise(seed));
const positive = (shape: readonly number[]): HostArray => floats(shape, (i) => Math.abs(noise(3)(i)) + 0.1);
const bools = (values: readonly number[], shape = [values.length]): HostArray => ({
  shape,
  dtype: 'bool',
  data: Uint8Array.from(values),
});
const x24 = image([2, 4]);
const y24 = image([2, 4], 5);
const pic = image([2, 3, 7, 6]);
const scalar = (value: number): HostArray => floats([], [value]);
const f = (values: readonly number[]): HostArray => floats([values.length], values);

const same = (ops: readonly string[], x: readonly HostArray[], more: Partial<Case> = {}): Case[] =>
  ops.map((op) => ({ op, x, ...more }));

const cases: readonly Case[] = [
  // elementwise
  ...same(['Add', 'Sub', 'Mul', 'Div', 'Max', 'Min', 'Sum', 'Mean'], [x24, y24]),
  ...same(['Add', 'Sub', 'Mul', 'Div'], [image([2, 3, 1]), image([4], 2)], { note: 'broadcast' }),
  ...same(['Add', 'Sub', 'Mul', 'Div'], [longs([7, -7, 9]), longs([2, 2, -4])], { note: 'integers' }),
  {
    op: 'Div',
    note: 'int32',
    x: [
      { shape: [3], dtype: 'int32', data: Int32Array.of(7, -7, 9) },
      { shape: [3], dtype: 'int32', data: Int32Array.of(2, 2, -4) },
    ],
  },
  {
    op: 'Add',
    note: '64 bits exactly',
    x: [{ shape: [1], dtype: 'int64', data: BigInt64Array.of(2n ** 60n + 1n) }, longs([1])],
  },
  ...same(['Max', 'Min', 'Sum'], [x24, y24, image([4], 8)], { note: 'of three' }),
  { op: 'Pow', x: [positive([2, 3])], constants: [f([2, 0.5, -1])] },
  { op: 'Pow', note: 'a whole exponent', x: [x24], constants: [longs([2], [])] },
  { op: 'Mod', x: [longs([7, -7, 7, -7]), longs([3, 3, -3, -3])] },
  { op: 'Mod', note: 'fmod', x: [f([7.5, -7.5, 7.5]), f([2, 2, -2])], attributes: { fmod: 1 } },
  ...same(['Abs', 'Neg', 'Sign', 'Exp', 'Floor', 'Ceil', 'Sin', 'Cos', 'Tan', 'Sinh', 'Cosh', 'Erf'], [x24]),
  ...same(['Log', 'Sqrt', 'Reciprocal'], [positive([3, 2])]),
  { op: 'Round', x: [f([0.5, 1.5, -0.5, -2.5, 1.2])] },
  ...same(['And', 'Or', 'Xor'], [bools([1, 1, 0, 0]), bools([1, 0, 1, 0])]),
  { op: 'Not', x: [bools([1, 0])] },
  ...same(['Equal', 'Less', 'Greater', 'LessOrEqual', 'GreaterOrEqual'], [f([1, 2, 3]), f([2, 2, 2])], {
    dtype: 'bool',
  }),
  { op: 'Where', x: [bools([1, 0, 1, 0], [2, 2]), image([2, 2]), image([1, 2], 4)], dtype: 'float32' },
  { op: 'IsNaN', x: [f([1, Number.NaN, Number.POSITIVE_INFINITY])], dtype: 'bool' },
  { op: 'IsInf', x: [f([1, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY])], dtype: 'bool' },
  {
    op: 'IsInf',
    note: 'positive only',
    x: [f([1, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY])],
    attributes: { detect_negative: 0 },
    dtype: 'bool',
  },
  { op: 'Cast', note: 'to int64', x: [f([1.7, -1.7, 3])], attributes: { to: 7 }, dtype: 'int64' },
  { op: 'Cast', note: 'to bool', x: [f([0, -1.7, 3])], attributes: { to: 9 }, dtype: 'bool' },
  { op: 'Cast', note: 'from int64', x: [longs([1, -2])], attributes: { to: 1 }, dtype: 'float32' },
  { op: 'CastLike', x: [f([1.5, 2])], constants: [longs([1])], dtype: 'int64' },
  // activations
  ...same(
    [
      'Relu',
      'Sigmoid',
      'Tanh',
      'Softplus',
      'Softsign',
      'HardSwish',
      'LeakyRelu',
      'Elu',
      'Selu',
      'HardSigmoid',
      'Celu',
      'ThresholdedRelu',
    ],
    [floats([2, 4], (i) => noise(2)(i) * 5)],
  ),
  { op: 'Shrink', x: [x24], attributes: { lambd: float(0.25), bias: float(0.1) } },
  { op: 'Hardmax', x: [image([2, 3, 4])], attributes: { axis: 1 } },
  { op: 'Hardmax', note: 'on a matrix, as before version 13', opset: 11, x: [image([2, 3, 4])] },
  { op: 'Celu', note: 'alpha', x: [x24], attributes: { alpha: float(2) } },
  { op: 'ThresholdedRelu', note: 'alpha', x: [x24], attributes: { alpha: float(0.25) } },
  { op: 'LeakyRelu', note: 'alpha', x: [x24], attributes: { alpha: float(0.3) } },
  { op: 'HardSigmoid', note: 'alpha and beta', x: [x24], attributes: { alpha: float(1 / 6), beta: float(0.4) } },
  { op: 'Mish', x: [x24], opset: 18 },
  { op: 'Swish', x: [x24], opset: 24, attributes: { alpha: float(1.5) } },
  { op: 'Gelu', x: [x24], opset: 20 },
  { op: 'Gelu', note: 'tanh', x: [x24], opset: 20, attributes: { approximate: 'tanh' } },
  { op: 'Clip', note: 'by attributes', opset: 9, x: [x24], attributes: { min: float(-0.25), max: float(0.5) } },
  { op: 'Clip', note: 'by inputs', x: [x24], constants: [scalar(-0.25), scalar(0.5)] },
  { op: 'Clip', note: 'from above only', x: [x24, null], constants: [scalar(0.5)] },
  { op: 'Clip', note: 'integers', x: [longs([1, 5, 9])], constants: [longs([2], []), longs([6], [])] },
  { op: 'PRelu', x: [pic], constants: [floats([3, 1, 1], [0.1, 0.2, 0.3])] },
  ...same(['Softmax', 'LogSoftmax'], [image([2, 3, 4])], { attributes: { axis: 1 } }),
  ...same(['Softmax', 'LogSoftmax'], [image([2, 3, 4])], {
    note: 'on a matrix, as before version 13',
    opset: 9,
    attributes: { axis: 1 },
  }),
  { op: 'Dropout', x: [x24] },
  { op: 'Dropout', note: 'with a mask', x: [x24], opset: 11, attributes: { ratio: float(0.3) } },
  // convolution
  {
    op: 'Conv',
    x: [pic],
    constants: [image([4, 3, 3, 3], 2), image([4], 3)],
    attributes: { pads: [1, 1, 1, 1], strides: [2, 2] },
  },
  {
    op: 'Conv',
    note: 'groups, dilation, uneven padding',
    x: [image([1, 4, 9, 8])],
    constants: [image([6, 2, 3, 2], 2)],
    attributes: { pads: [0, 1, 2, 0], dilations: [2, 1], group: 2, kernel_shape: [3, 2] },
  },
  {
    op: 'Conv',
    note: 'depthwise',
    x: [pic],
    constants: [image([3, 1, 3, 3], 2)],
    attributes: { group: 3, pads: [1, 1, 1, 1] },
  },
  {
    op: 'Conv',
    note: 'SAME_UPPER',
    x: [pic],
    constants: [image([2, 3, 3, 2], 2)],
    attributes: { auto_pad: 'SAME_UPPER', strides: [2, 2] },
  },
  {
    op: 'Conv',
    note: 'SAME_LOWER',
    x: [pic],
    constants: [image([2, 3, 2, 4], 2)],
    attributes: { auto_pad: 'SAME_LOWER', strides: [1, 3] },
  },
  { op: 'Conv', note: 'VALID', x: [pic], constants: [image([2, 3, 2, 4], 2)], attributes: { auto_pad: 'VALID' } },
  {
    op: 'Conv',
    note: 'one dimension',
    x: [image([2, 3, 9])],
    constants: [image([4, 3, 3], 2), image([4], 3)],
    attributes: { pads: [1, 0], strides: [2] },
  },
  {
    op: 'ConvTranspose',
    x: [image([2, 3, 4, 5])],
    constants: [image([3, 2, 3, 3], 2), image([2], 3)],
    attributes: { strides: [2, 2], pads: [1, 1, 1, 1], output_padding: [1, 0] },
  },
  {
    op: 'ConvTranspose',
    note: 'groups',
    x: [image([1, 4, 4, 5])],
    constants: [image([4, 3, 2, 2], 2)],
    attributes: { strides: [2, 2], group: 2, kernel_shape: [2, 2] },
  },
  {
    op: 'ConvTranspose',
    note: 'output_shape',
    x: [image([1, 2, 3, 3])],
    constants: [image([2, 2, 3, 3], 2)],
    attributes: { strides: [3, 2], output_shape: [10, 8] },
  },
  {
    op: 'ConvTranspose',
    note: 'SAME_UPPER',
    x: [image([1, 2, 3, 3])],
    constants: [image([2, 2, 3, 3], 2)],
    attributes: { strides: [2, 2], auto_pad: 'SAME_UPPER' },
  },
  {
    op: 'ConvTranspose',
    note: 'one dimension',
    x: [image([1, 2, 5])],
    constants: [image([2, 3, 3], 2)],
    attributes: { strides: [2], pads: [1, 1] },
  },
  // pooling
  { op: 'MaxPool', x: [pic], attributes: { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] } },
  {
    op: 'MaxPool',
    note: 'ceil_mode, dilation',
    x: [pic],
    attributes: { kernel_shape: [2, 2], strides: [2, 2], ceil_mode: 1, dilations: [2, 1] },
  },
  {
    op: 'MaxPool',
    note: 'SAME_UPPER, stride 1 by default',
    x: [pic],
    attributes: { kernel_shape: [2, 3], auto_pad: 'SAME_UPPER' },
  },
  { op: 'MaxPool', note: 'one dimension', x: [image([2, 3, 9])], attributes: { kernel_shape: [3], strides: [2] } },
  { op: 'AveragePool', x: [pic], attributes: { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] } },
  {
    op: 'AveragePool',
    note: 'count_include_pad',
    x: [pic],
    attributes: { kernel_shape: [3, 2], strides: [2, 2], pads: [1, 0, 1, 1], count_include_pad: 1 },
  },
  {
    op: 'AveragePool',
    note: 'ceil_mode',
    opset: 10,
    x: [image([1, 2, 8, 8])],
    attributes: { kernel_shape: [3, 3], strides: [2, 2], ceil_mode: 1 },
  },
  ...same(['GlobalAveragePool', 'GlobalMaxPool'], [pic]),
  // normalisation
  {
    op: 'BatchNormalization',
    x: [pic],
    constants: [positive([3]), image([3], 2), image([3], 3), positive([3])],
    attributes: { epsilon: float(1e-3) },
  },
  {
    op: 'BatchNormalization',
    note: 'version 9',
    opset: 9,
    x: [image([4, 3])],
    constants: [positive([3]), image([3], 2), image([3], 3), positive([3])],
  },
  { op: 'InstanceNormalization', x: [pic], constants: [positive([3]), image([3], 2)] },
  { op: 'LayerNormalization', x: [image([2, 3, 4])], constants: [positive([4]), image([4], 2)] },
  {
    op: 'LayerNormalization',
    note: 'two axes',
    x: [image([2, 3, 4])],
    constants: [positive([3, 4])],
    attributes: { axis: 1 },
  },
  {
    op: 'GroupNormalization',
    opset: 21,
    x: [image([2, 4, 3, 3])],
    constants: [positive([4]), image([4], 2)],
    attributes: { num_groups: 2 },
  },
  {
    op: 'LRN',
    x: [image([2, 5, 3, 3])],
    attributes: { size: 3, alpha: float(0.1), beta: float(0.75), bias: float(2) },
  },
  { op: 'LpNormalization', x: [x24], attributes: { axis: 1 } },
  { op: 'LpNormalization', note: 'p = 1', x: [x24], attributes: { axis: 0, p: 1 } },
  { op: 'MeanVarianceNormalization', x: [pic], tolerance: 1e-4 },
  { op: 'RMSNormalization', opset: 23, x: [image([2, 3, 4])], constants: [positive([4])] },
  // matrices
  { op: 'MatMul', x: [image([2, 3, 4]), image([4, 5], 2)] },
  { op: 'MatMul', note: 'a vector', x: [image([2, 3, 4]), image([4], 2)] },
  {
    op: 'Gemm',
    x: [x24],
    constants: [image([3, 4], 2), image([3], 3)],
    attributes: { transB: 1, alpha: float(0.5), beta: float(2) },
  },
  {
    op: 'Gemm',
    note: 'transposed A, no C',
    x: [image([4, 2])],
    constants: [image([4, 3], 2)],
    attributes: { transA: 1 },
  },
  { op: 'Einsum', x: [image([2, 3, 4, 5]), image([2, 3, 6, 5], 2)], attributes: { equation: 'bhid,bhjd->bhij' } },
  { op: 'Einsum', note: 'a sum', x: [image([2, 3, 4])], attributes: { equation: 'ijk->ki' } },
  { op: 'Einsum', note: 'implicit', x: [x24, image([4, 3], 2)], attributes: { equation: 'ij,jk' } },
  // reductions
  ...same(
    [
      'ReduceMean',
      'ReduceSum',
      'ReduceMax',
      'ReduceMin',
      'ReduceProd',
      'ReduceL1',
      'ReduceL2',
      'ReduceSumSquare',
      'ReduceLogSumExp',
    ],
    [image([2, 3, 4])],
    { opset: 11, attributes: { axes: [0, -1], keepdims: 0 } },
  ),
  { op: 'ReduceLogSum', opset: 11, x: [positive([2, 3])], attributes: { axes: [1] } },
  ...same(['ReduceMean', 'ReduceSum', 'ReduceMax', 'ReduceL2'], [image([2, 3, 4])], {
    note: 'axes as input',
    opset: 18,
    constants: [longs([1])],
  }),
  ...same(['ReduceMean', 'ReduceSum'], [image([2, 3, 4])], { note: 'all axes', opset: 18 }),
  {
    op: 'ReduceSum',
    note: 'no axes at all',
    x: [x24],
    constants: [longs([])],
    attributes: { noop_with_empty_axes: 1 },
  },
  { op: 'ReduceSum', note: 'integers', x: [longs([1, 2, 3])] },
  ...same(['ArgMax', 'ArgMin'], [image([2, 5])], { attributes: { axis: 1, keepdims: 0 }, dtype: 'int64' }),
  ...same(['ArgMax', 'ArgMin'], [f([1, 3, 3, 1, 2])], {
    note: 'the last of equals',
    attributes: { axis: 0, select_last_index: 1 },
    dtype: 'int64',
  }),
  { op: 'CumSum', x: [image([2, 3, 4])], constants: [longs([1], [])] },
  {
    op: 'CumSum',
    note: 'exclusive, backwards',
    x: [image([2, 3, 4])],
    constants: [longs([-1], [])],
    attributes: { exclusive: 1, reverse: 1 },
  },
  // shapes
  { op: 'Shape', x: [image([2, 3, 4])], dtype: 'int64' },
  { op: 'Shape', note: 'a part', x: [image([2, 3, 4])], attributes: { start: -2, end: 3 }, dtype: 'int64' },
  { op: 'Size', x: [x24], dtype: 'int64' },
  { op: 'Identity', x: [x24] },
  { op: 'Reshape', x: [image([2, 3, 4])], constants: [longs([0, -1])] },
  { op: 'Flatten', x: [image([2, 3, 4])], attributes: { axis: 2 } },
  { op: 'Flatten', note: 'axis 0', x: [image([2, 3, 4])], attributes: { axis: 0 } },
  { op: 'Flatten', note: 'axis -1', x: [image([2, 3, 4])], attributes: { axis: -1 } },
  { op: 'Squeeze', x: [image([1, 3, 1])], constants: [longs([-1])] },
  { op: 'Squeeze', note: 'by attribute', opset: 11, x: [image([1, 3, 1])], attributes: { axes: [0] } },
  { op: 'Squeeze', note: 'all', x: [image([1, 3, 1])] },
  { op: 'Unsqueeze', x: [x24], constants: [longs([0, -1])] },
  { op: 'Unsqueeze', note: 'by attribute', opset: 11, x: [x24], attributes: { axes: [1, 3] } },
  { op: 'Transpose', x: [image([2, 3, 4])], attributes: { perm: [1, 2, 0] } },
  { op: 'Transpose', note: 'backwards by default', x: [image([2, 3, 4])] },
  { op: 'Concat', x: [x24, image([2, 3], 2)], attributes: { axis: -1 } },
  { op: 'Split', x: [image([2, 7])], constants: [longs([3, 4])], attributes: { axis: 1 }, outputs: 2 },
  {
    op: 'Split',
    note: 'by attribute',
    opset: 11,
    x: [image([2, 7])],
    attributes: { axis: 1, split: [5, 2] },
    outputs: 2,
  },
  { op: 'Split', note: 'equal parts', x: [image([2, 6])], attributes: { axis: 1 }, outputs: 3 },
  {
    op: 'Split',
    note: 'num_outputs',
    opset: 18,
    x: [image([2, 7])],
    attributes: { axis: 1, num_outputs: 3 },
    outputs: 3,
  },
  { op: 'Expand', x: [image([3, 1])], constants: [longs([2, 1, 4])] },
  { op: 'Tile', x: [x24], constants: [longs([2, 3])] },
  { op: 'Pad', x: [x24], constants: [longs([0, 1, 2, 0]), scalar(1.5)] },
  { op: 'Pad', note: 'negative', x: [x24], constants: [longs([0, -1, 1, -1])] },
  ...['reflect', 'edge'].map((mode): Case => ({
    op: 'Pad',
    note: mode,
    x: [x24],
    constants: [longs([1, 2, 0, 3])],
    attributes: { mode },
  })),
  { op: 'Pad', note: 'wrap', opset: 19, x: [x24], constants: [longs([0, 2, 0, 3])], attributes: { mode: 'wrap' } },
  { op: 'Pad', note: 'along axes', opset: 18, x: [x24], constants: [longs([1, 2]), null, longs([-1])] },
  { op: 'Pad', note: 'by attribute', opset: 10, x: [x24], attributes: { pads: [0, 1, 2, 0], value: float(2) } },
  ...['DCR', 'CRD'].map((mode): Case => ({
    op: 'DepthToSpace',
    note: mode,
    x: [image([1, 8, 2, 3])],
    attributes: { blocksize: 2, mode },
  })),
  { op: 'SpaceToDepth', x: [image([1, 2, 4, 6])], attributes: { blocksize: 2 } },
  // indexing
  { op: 'Gather', x: [image([3, 4])], constants: [longs([0, -1, 1, 2], [2, 2])], attributes: { axis: 1 } },
  { op: 'Gather', note: 'one', x: [image([3, 4])], constants: [longs([1], [])] },
  { op: 'GatherND', x: [image([3, 4, 2])], constants: [longs([0, 1, 2, -1], [2, 2])] },
  { op: 'GatherElements', x: [image([3, 4])], constants: [longs([0, 2, 1, 1, 0, 2], [3, 2])], attributes: { axis: 1 } },
  { op: 'ScatterND', x: [image([4, 3])], constants: [longs([2, 0], [2, 1]), image([2, 3], 7)] },
  {
    op: 'ScatterElements',
    x: [image([3, 4])],
    constants: [longs([0, 2, 1, 1], [2, 2]), image([2, 2], 7)],
    attributes: { axis: 1 },
  },
  { op: 'Slice', x: [image([4, 6])], constants: [longs([1, -5]), longs([4, 9000]), longs([0, 1]), longs([2, 2])] },
  {
    op: 'Slice',
    note: 'backwards',
    x: [image([4, 6])],
    constants: [longs([-1]), longs([-9000]), longs([1]), longs([-2])],
  },
  {
    op: 'Slice',
    note: 'by attribute',
    opset: 9,
    x: [image([4, 6])],
    attributes: { starts: [1, 0], ends: [-1, 3], axes: [1, 0] },
  },
  {
    op: 'Slice',
    note: 'to the end of time',
    x: [longs([1, 2, 3])],
    constants: [longs([1]), { shape: [1], dtype: 'int64', data: BigInt64Array.of(2n ** 63n - 1n) }],
  },
  {
    op: 'Scatter',
    opset: 10,
    x: [image([3, 4])],
    constants: [longs([0, 2, 1, 1], [2, 2]), image([2, 2], 7)],
    attributes: { axis: 0 },
  },
  {
    op: 'TopK',
    x: [image([2, 5, 3])],
    constants: [longs([2])],
    attributes: { axis: 1 },
    outputs: ['float32', 'int64'],
  },
  {
    op: 'TopK',
    note: 'the least',
    x: [f([3, 1, 2, 1])],
    constants: [longs([3])],
    attributes: { largest: 0 },
    outputs: ['float32', 'int64'],
  },
  { op: 'NonZero', x: [floats([2, 3], [1, 0, 2, 0, 0, 3])], dtype: 'int64' },
  { op: 'Compress', x: [image([3, 2])], constants: [bools([0, 1, 1])], attributes: { axis: 0 } },
  { op: 'Compress', note: 'flat', x: [image([3, 2])], constants: [bools([0, 1, 0, 1])] },
  { op: 'Trilu', x: [image([3, 4])] },
  { op: 'Trilu', note: 'lower', x: [image([2, 3, 3])], constants: [longs([-1], [])], attributes: { upper: 0 } },
  // constants
  {
    op: 'ConstantOfShape',
    x: [],
    constants: [longs([2, 3])],
    attributes: { value: floats([1], [1.5]) },
    dtype: 'float32',
  },
  { op: 'Range', x: [], constants: [longs([3], []), longs([10], []), longs([2], [])], dtype: 'int64' },
  { op: 'OneHot', x: [longs([0, 2, -1])], constants: [longs([3], []), f([-1, 1])], dtype: 'float32' },
  { op: 'EyeLike', x: [image([3, 4])], attributes: { k: 1 } },
  { op: 'EyeLike', note: 'as integers', x: [image([2, 2])], attributes: { dtype: 7 }, dtype: 'int64' },
  // quantisation
  {
    op: 'DequantizeLinear',
    x: [{ shape: [2, 3], dtype: 'uint8', data: Uint8Array.of(0, 3, 128, 255, 7, 9) }],
    constants: [scalar(0.5), { shape: [], dtype: 'uint8', data: Uint8Array.of(128) }],
    dtype: 'float32',
  },
  {
    op: 'DequantizeLinear',
    note: 'by channel',
    x: [{ shape: [2, 3], dtype: 'int8', data: Int8Array.of(0, 3, -128, 127, 7, 9) }],
    constants: [f([0.5, 0.25])],
    attributes: { axis: 0 },
    dtype: 'float32',
  },
  {
    op: 'QuantizeLinear',
    x: [f([-1, 0.25, 0.75, 300, -300])],
    constants: [scalar(0.5), { shape: [], dtype: 'int8', data: Int8Array.of(3) }],
    dtype: 'int8',
  },
  // resizing
  ...['asymmetric', 'half_pixel', 'align_corners', 'pytorch_half_pixel'].flatMap((coordinate_transformation_mode) => [
    {
      op: 'Resize',
      note: `nearest ${coordinate_transformation_mode}`,
      x: [image([1, 2, 3, 4])],
      constants: [null, f([1, 1, 2, 1.5])],
      attributes: { coordinate_transformation_mode },
    },
    {
      op: 'Resize',
      note: `linear ${coordinate_transformation_mode}`,
      x: [image([1, 2, 3, 4])],
      constants: [null, f([1, 1, 2, 1.5])],
      attributes: { mode: 'linear', coordinate_transformation_mode },
    },
  ]),
  ...['floor', 'ceil', 'round_prefer_ceil'].map((nearest_mode): Case => ({
    op: 'Resize',
    note: nearest_mode,
    x: [image([1, 1, 4, 4])],
    constants: [null, null, longs([1, 1, 6, 3])],
    attributes: { nearest_mode },
  })),
  {
    op: 'Resize',
    note: 'cubic',
    x: [image([1, 1, 4, 5])],
    constants: [null, null, longs([1, 1, 8, 3])],
    attributes: { mode: 'cubic' },
  },
  {
    op: 'Resize',
    note: 'cubic, outside excluded',
    x: [image([1, 1, 4, 5])],
    constants: [null, null, longs([1, 1, 8, 3])],
    attributes: { mode: 'cubic', exclude_outside: 1, cubic_coeff_a: float(-0.5) },
  },
  {
    op: 'Resize',
    note: 'linear to sizes',
    x: [image([1, 2, 5, 4])],
    constants: [null, null, longs([1, 2, 3, 8])],
    attributes: { mode: 'linear' },
  },
  {
    op: 'Resize',
    note: 'linear align_corners to fewer, where the size is rounded',
    x: [image([1, 1, 4, 4])],
    constants: [null, f([1, 1, 0.6, 0.6])],
    attributes: { mode: 'linear', coordinate_transformation_mode: 'align_corners' },
  },
  {
    op: 'Resize',
    note: 'version 10',
    opset: 10,
    x: [image([1, 2, 3, 4])],
    constants: [f([1, 1, 2, 2])],
    attributes: { mode: 'linear' },
  },
  { op: 'Upsample', opset: 9, x: [image([1, 2, 3, 4])], constants: [f([1, 1, 2, 3])] },
];

const titled = [...cases, ...furtherCases, ...microsoftCases, ...microsoftIntegerCases].map((one) => ({
  ...one,
  title: [one.op, one.note].filter(Boolean).join(', '),
}));

describe('computes what onnxruntime does', () => {
  test.each(titled)('$title', async ({ tolerance = 1e-5, ...one }) => {
    const { model, inputs } = modelOf(one);
    await expectSameAsOnnxruntime(model, inputs, tolerance);
  });
});

test('sampling positions and masks may be computed: shapes are still known in advance', () => {
  const shapes = (sketch: Omit<ModelSketch, 'outputs'>): unknown =>
    importOnnx(buildModel({ outputs: ['y'], domains: { 'com.microsoft': 1 }, ...sketch }))
      .shapes()
      .get('y');
  expect(
    shapes({
      inputs: { x: { shape: [1, 2, 4, 5] }, g: { shape: [1, 3, 3, 2] } },
      opset: 20,
      nodes: [
        ['Tanh', ['g'], ['t']],
        ['GridSample', ['x', 't'], ['y']],
      ],
    }),
  ).toEqual([1, 2, 3, 3]);
  expect(
    shapes({
      inputs: { x: { shape: [2, 3, 8] }, m: { dtype: 'int32', shape: [2, 3] } },
      nodes: [['com.microsoft.MultiHeadAttention', ['x', 'x', 'x', '', 'm'], ['y'], { num_heads: 2 }]],
    }),
  ).toEqual([2, 3, 8]);
});

/** Operators with tests of their own beside this one: sequence.test.ts and control-flow.test.ts. */
const tested = {
  sequence: [
    'SequenceEmpty',
    'SequenceConstruct',
    'SequenceAt',
    'SequenceLength',
    'SequenceInsert',
    'SequenceErase',
    'SplitToSequence',
    'ConcatFromSequence',
    'SequenceMap',
    'Optional',
    'OptionalHasElement',
    'OptionalGetElement',
  ],
  controlFlow: ['If', 'Loop', 'Scan'],
  text: ['StringNormalizer', 'StringConcat', 'StringSplit', 'TfIdfVectorizer', 'RegexFullMatch'],
  newer: ['CumProd', 'SwiGLU', 'BitCast', 'LinearAttention', 'CausalConvWithState'], // than onnxruntime's; compared with ONNX's own cases
  random: ['Multinomial', 'RandomUniform', 'RandomUniformLike', 'RandomNormal', 'RandomNormalLike', 'Bernoulli'],
};

test('every operator has a case', () => {
  // A Constant stands in every imported file; the others want more than one node, texts, or draw numbers of their own.
  const elsewhere = ['Constant', ...Object.values(tested).flat()];
  const missing = standardOperators.filter(
    ({ domain, opType }) =>
      ['', 'com.microsoft'].includes(domain) &&
      !elsewhere.includes(opType) &&
      !titled.some(({ op }) => op === (domain ? `${domain}.${opType}` : opType)),
  );
  expect(missing.map((one) => one.name)).toEqual([]);
});

test('before version 7 the second input is aligned with an axis of the first', () => {
  // onnxruntime has no Add this old; the numbers are those of onnx's operator documentation: shape(A) = (2, 3), shape(B) = (2,), axis = 0.
  const model = importOnnx(
    buildModel({
      inputs: { x: { shape: [2, 3] } },
      constants: { c: f([10, 20]) },
      outputs: ['y'],
      opset: 6,
      nodes: [['Add', ['x', 'c'], ['y'], { broadcast: 1, axis: 0 }]],
    }),
  );
  expect(
    model
      .forward(
        tensor([
          [1, 2, 3],
          [4, 5, 6],
        ]),
      )
      .numbers(),
  ).toEqual([11, 12, 13, 24, 25, 26]);
});
