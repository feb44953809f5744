import type { HostArray } from '@graft/tensor';
import { buildModel, floats, longs, noise } from '../src/suite/build-model.ts';
import { type AttributeValue, float } from '../src/proto/write.ts';

/** One operator on given tensors, to be compared with onnxruntime. */
export interface Case {
  readonly op: string;
  /** What distinguishes the case. */
  readonly note?: string;
  readonly opset?: number;
  /** Input tensors; null for an omitted one. */
  readonly x: readonly (HostArray | null)[];
  /** Constant tensors, after the inputs. */
  readonly constants?: readonly (HostArray | null)[];
  readonly attributes?: Readonly<Record<string, AttributeValue | undefined>>;
  /** Number of outputs, or their dtypes. */
  readonly outputs?: number | readonly HostArray['dtype'][];
  /** Default: that of the first input. */
  readonly dtype?: HostArray['dtype'];
  readonly tolerance?: number;
}

/** A model of one node for a case, and its inputs x0, x1, …; its outputs are y0, y1, … */
export function modelOf({ op, x, constants = [], attributes = {}, opset = 17, outputs = 1, dtype }: Case): {
  model: Uint8Array;
  inputs: Record<string, HostArray>;
} {
  const dtypes = typeof outputs === 'number' ? Array.from({ length: outputs }, () => dtype ?? x[0]!.dtype) : outputs;
  const named = (letter: string, list: readonly (HostArray | null)[]): [string, HostArray][] =>
    list.flatMap((one, i) => (one ? [[`${letter}${i}`, one]] : []));
  const inputs = Object.fromEntries(named('x', x));
  const model = buildModel({
    inputs: Object.fromEntries(named('x', x).map(([name, one]) => [name, { dtype: one.dtype, shape: one.shape }])),
    constants: Object.fromEntries(named('c', constants)),
    nodes: [
      [
        op,
        [...x.map((one, i) => (one ? `x${i}` : '')), ...constants.map((one, i) => (one ? `c${i}` : ''))],
        dtypes.map((_, i) => `y${i}`),
        attributes,
      ],
    ],
    outputs: Object.fromEntries(dtypes.map((one, i) => [`y${i}`, one])),
    opset,
    domains: { 'com.microsoft': 1 },
  });
  return { model, inputs };
}

const image = (shape: readonly number[], seed = 1): HostArray => floats(shape, noise(seed));
const f = (values: readonly number[], shape: readonly number[] = [values.length]): HostArray => floats(shape, values);
const small = (
  dtype: 'uint8' | 'int8' | 'int32' | 'uint32',
  values: readonly number[],
  shape: readonly number[] = [values.length],
): HostArray => ({
  shape,
  dtype,
  data: { uint8: Uint8Array, int8: Int8Array, int32: Int32Array, uint32: Uint32Array }[dtype].from(values),
});
const bytes = (shape: readonly number[], seed = 1): HostArray =>
  small(
    'uint8',
    Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => Math.floor((noise(seed)(i) + 1) * 127)),
    shape,
  );
const same = (ops: readonly string[], x: readonly HostArray[], more: Partial<Case> = {}): Case[] =>
  ops.map((op) => ({ op, x, ...more }));
const within = f([-0.9, -0.3, 0.2, 0.7]);

/** [length 5, batch 2, in 3], weights for a hidden size of 4. */
function recurrent(
  op: string,
  gates: number,
  directions: number,
  more: Partial<Case> & { optional?: readonly (HostArray | null)[] } = {},
): Case {
  const { optional = [], attributes, ...rest } = more;
  return {
    op,
    x: [image([5, 2, 3])],
    constants: [
      image([directions, gates * 4, 3], 2),
      image([directions, gates * 4, 4], 3),
      image([directions, 2 * gates * 4], 4),
      ...optional,
    ],
    attributes: { hidden_size: 4, ...attributes },
    outputs: op === 'LSTM' ? 3 : 2,
    ...rest,
  };
}
const lengths = small('int32', [5, 3]);

/** Less common operator families. */
export const furtherCases: readonly Case[] = [
  ...same(['Asin', 'Acos', 'Atan', 'Asinh', 'Atanh'], [within]),
  { op: 'Acosh', x: [f([1.1, 2, 3.5])] },
  ...same(['BitwiseAnd', 'BitwiseOr', 'BitwiseXor'], [small('int32', [12, -7]), small('int32', [10, 3])], {
    opset: 18,
  }),
  { op: 'BitwiseNot', opset: 18, x: [small('int32', [5, -1])] },
  ...['LEFT', 'RIGHT'].map((direction): Case => ({
    op: 'BitShift',
    note: direction,
    x: [small('uint32', [16, 2 ** 31 + 4, 1]), small('uint32', [1, 2, 3])],
    attributes: { direction },
  })),
  // matrices and letters
  { op: 'Det', x: [image([2, 4, 4])], tolerance: 1e-4 },
  { op: 'Einsum', note: 'dots and a diagonal', x: [image([2, 3, 4, 4])], attributes: { equation: '...ii->...i' } },
  {
    op: 'Einsum',
    note: 'dots in both',
    x: [image([2, 3, 4]), image([2, 4, 5], 2)],
    attributes: { equation: '...ij,...jk->...ik' },
  },
  {
    op: 'SimplifiedLayerNormalization',
    note: "as onnxruntime's optimiser writes it",
    x: [image([2, 3, 4])],
    constants: [image([4], 2)],
  },
  // attention
  { op: 'Attention', opset: 23, x: [image([2, 2, 3, 4]), image([2, 2, 5, 4], 2), image([2, 2, 5, 6], 3)] },
  {
    op: 'Attention',
    note: 'heads in features, grouped, causal',
    opset: 23,
    x: [image([2, 3, 16]), image([2, 3, 8], 2), image([2, 3, 8], 3)],
    attributes: { q_num_heads: 4, kv_num_heads: 2, is_causal: 1, scale: float(0.3) },
  },
  {
    op: 'Attention',
    note: 'a mask',
    opset: 23,
    x: [image([1, 2, 3, 4]), image([1, 2, 5, 4], 2), image([1, 2, 5, 4], 3)],
    constants: [image([3, 5], 4)],
    attributes: { softcap: float(2) },
  },
  ...[0, 1, 2, 3].map((qk_matmul_output_mode): Case => ({
    op: 'Attention',
    note: `all outputs, mode ${qk_matmul_output_mode}`,
    opset: 23,
    x: [image([1, 2, 3, 4]), image([1, 2, 5, 4], 2), image([1, 2, 5, 4], 3)],
    constants: [image([3, 5], 4)],
    attributes: { softcap: float(2), qk_matmul_output_mode },
    outputs: 4,
  })),
  {
    op: 'Attention',
    note: 'keys that are padding',
    opset: 24,
    x: [image([2, 2, 3, 4]), image([2, 2, 5, 4], 2), image([2, 2, 5, 4], 3)],
    constants: [null, null, null, longs([3, 5])],
  },
  ...[0, 1].map((interleaved): Case => ({
    op: 'RotaryEmbedding',
    note: interleaved ? 'interleaved' : 'in halves',
    opset: 23,
    x: [image([2, 3, 4, 8])],
    constants: [image([10, 4], 2), image([10, 4], 3), longs([0, 1, 2, 3, 2, 3, 4, 5], [2, 4])],
    attributes: { interleaved },
  })),
  // images in parts
  { op: 'CenterCropPad', opset: 18, x: [image([5, 4, 3])], constants: [longs([2, 7])], attributes: { axes: [0, 1] } },
  {
    op: 'Col2Im',
    opset: 18,
    x: [image([1, 8, 9])],
    constants: [longs([5, 5]), longs([2, 2])],
    attributes: { strides: [2, 2], pads: [0, 1, 1, 0] },
  },
  ...[0, 1].map((align_corners): Case => ({
    op: 'AffineGrid',
    note: align_corners ? 'aligned corners' : '',
    opset: 20,
    x: [image([2, 2, 3])],
    constants: [longs([2, 3, 4, 5])],
    attributes: { align_corners },
  })),
  {
    op: 'GridSample',
    note: 'as version 20 calls it',
    opset: 20,
    x: [image([1, 2, 4, 5])],
    constants: [floats([1, 3, 3, 2], noise(9))],
    attributes: { mode: 'linear' },
    tolerance: 1e-4,
  },
  {
    op: 'AveragePool',
    note: 'dilated',
    opset: 19,
    x: [image([1, 2, 8, 8])],
    attributes: { kernel_shape: [2, 3], dilations: [2, 2], strides: [1, 2] },
  },
  // choosing
  { op: 'Unique', x: [f([2, 1, 1, 3, 4, 3])], outputs: ['float32', 'int64', 'int64', 'int64'] },
  {
    op: 'Unique',
    note: 'rows, as they come',
    x: [f([1, 0, 0, 1, 0, 0, 2, 3, 4], [3, 3])],
    attributes: { axis: 0, sorted: 0 },
    outputs: ['float32', 'int64', 'int64', 'int64'],
  },
  {
    op: 'ReverseSequence',
    x: [image([4, 3])],
    constants: [longs([4, 1, 3])],
    attributes: { time_axis: 0, batch_axis: 1 },
  },
  {
    op: 'GatherND',
    note: 'batch by batch',
    x: [image([2, 3, 2])],
    constants: [longs([1, 0], [2, 1])],
    attributes: { batch_dims: 1 },
  },
  ...['add', 'mul', 'max', 'min'].flatMap((reduction): Case[] => [
    {
      op: 'ScatterND',
      note: reduction,
      opset: 18,
      x: [image([4, 3])],
      constants: [longs([2, 0, 2], [3, 1]), image([3, 3], 7)],
      attributes: { reduction },
    },
    {
      op: 'ScatterElements',
      note: reduction,
      opset: 18,
      x: [image([3, 4])],
      constants: [longs([0, 2, 0, 0], [1, 4]), image([1, 4], 7)],
      attributes: { axis: 0, reduction },
    },
  ]),
  // resizing
  ...['linear', 'cubic'].map((mode): Case => ({
    op: 'Resize',
    note: `${mode}, antialiased`,
    opset: 18,
    x: [image([1, 1, 8, 6])],
    constants: [null, null, longs([1, 1, 3, 4])],
    attributes: { mode, antialias: 1 },
    tolerance: 1e-4,
  })),
  ...['not_larger', 'not_smaller'].map((keep_aspect_ratio_policy): Case => ({
    op: 'Resize',
    note: keep_aspect_ratio_policy,
    opset: 18,
    x: [image([1, 1, 4, 6])],
    constants: [null, null, longs([7, 8])],
    attributes: { keep_aspect_ratio_policy, axes: [2, 3], mode: 'linear' },
  })),
  {
    op: 'Resize',
    note: 'of a region',
    x: [image([1, 1, 4, 4])],
    constants: [f([0, 0, 0.4, 0.6, 1, 1, 1.2, 1.7]), null, longs([1, 1, 3, 3])],
    attributes: {
      mode: 'linear',
      coordinate_transformation_mode: 'tf_crop_and_resize',
      extrapolation_value: float(10),
    },
  },
  // three dimensions
  {
    op: 'Conv',
    note: 'three dimensions',
    x: [image([2, 4, 5, 6, 4])],
    constants: [image([4, 2, 3, 2, 3], 2), image([4], 3)],
    attributes: { pads: [1, 0, 1, 1, 1, 0], strides: [2, 1, 1], group: 2 },
  },
  {
    op: 'ConvTranspose',
    note: 'three dimensions',
    x: [image([1, 2, 3, 3, 2])],
    constants: [image([2, 3, 3, 2, 2], 2), image([3], 3)],
    attributes: { strides: [2, 1, 2], pads: [1, 0, 0, 0, 1, 0] },
  },
  ...same(['MaxPool', 'AveragePool'], [image([1, 2, 5, 6, 7])], {
    note: 'three dimensions',
    attributes: { kernel_shape: [2, 3, 2], strides: [2, 1, 2], pads: [0, 1, 1, 0, 1, 0] },
  }),
  {
    op: 'MaxPool',
    note: 'with the places of the greatest',
    x: [image([2, 3, 6, 5])],
    attributes: { kernel_shape: [3, 2], strides: [2, 2] },
    outputs: ['float32', 'int64'],
  },
  {
    op: 'MaxPool',
    note: 'with the places in columns',
    x: [image([1, 2, 6, 5])],
    attributes: { kernel_shape: [2, 2], strides: [2, 2], storage_order: 1 },
    outputs: ['float32', 'int64'],
  },
  {
    op: 'MaxUnpool',
    x: [f([5, 6, 7, 8], [1, 1, 2, 2]), longs([5, 7, 13, 15], [1, 1, 2, 2])],
    attributes: { kernel_shape: [2, 2], strides: [2, 2] },
  },
  { op: 'LpPool', x: [image([1, 2, 6, 6])], attributes: { kernel_shape: [3, 2], strides: [2, 2], p: 2 } },
  { op: 'GlobalLpPool', x: [image([2, 3, 4, 4])], attributes: { p: 2 } },
  // losses
  { op: 'NegativeLogLikelihoodLoss', x: [image([3, 4])], constants: [longs([0, 3, 1]), f([1, 2, 0.5, 3])] },
  {
    op: 'NegativeLogLikelihoodLoss',
    note: 'of images, one class ignored',
    x: [image([2, 3, 2, 2])],
    constants: [longs([0, 1, 2, 1, 0, 0, 2, 1], [2, 2, 2])],
    attributes: { ignore_index: 1, reduction: 'sum' },
  },
  { op: 'SoftmaxCrossEntropyLoss', x: [image([3, 4])], constants: [longs([0, 3, 1])], outputs: 2 },
  {
    op: 'SoftmaxCrossEntropyLoss',
    note: 'weighted, each',
    x: [image([3, 4])],
    constants: [longs([0, 3, -1]), f([1, 2, 0.5, 3])],
    attributes: { reduction: 'none', ignore_index: -1 },
  },
  // recurrent
  recurrent('RNN', 1, 1),
  recurrent('RNN', 1, 2, {
    note: 'both ways, relu',
    attributes: { direction: 'bidirectional', activations: ['Relu', 'Tanh'] },
  }),
  recurrent('GRU', 3, 1),
  recurrent('GRU', 3, 2, {
    note: 'both ways, reset after',
    attributes: { direction: 'bidirectional', linear_before_reset: 1 },
    optional: [null, image([2, 2, 4], 5)],
  }),
  recurrent('LSTM', 4, 1),
  recurrent('LSTM', 4, 1, {
    note: 'backwards, lengths, states, peepholes',
    attributes: { direction: 'reverse' },
    optional: [lengths, image([1, 2, 4], 5), image([1, 2, 4], 6), image([1, 12], 7)],
  }),
  recurrent('LSTM', 4, 2, { note: 'both ways', attributes: { direction: 'bidirectional' }, optional: [lengths] }),
  // integers
  { op: 'DynamicQuantizeLinear', x: [f([0.3, -1.2, 4, 2.5, 0])], outputs: ['uint8', 'float32', 'uint8'] },
  {
    op: 'MatMulInteger',
    x: [bytes([3, 4]), bytes([4, 2], 2)],
    constants: [small('uint8', [12], []), small('uint8', [5], [])],
    dtype: 'int32',
  },
  {
    op: 'ConvInteger',
    x: [bytes([1, 2, 5, 5])],
    constants: [bytes([3, 2, 3, 3], 2), small('uint8', [7], [])],
    attributes: { pads: [1, 1, 1, 1] },
    dtype: 'int32',
  },
  {
    op: 'QLinearMatMul',
    x: [bytes([2, 4])],
    constants: [
      f([0.02], []),
      small('uint8', [113], []),
      bytes([4, 3], 2),
      f([0.03], []),
      small('uint8', [114], []),
      f([0.1], []),
      small('uint8', [118], []),
    ],
  },
  {
    op: 'QLinearConv',
    x: [bytes([1, 2, 5, 5])],
    constants: [
      f([0.02], []),
      small('uint8', [113], []),
      bytes([3, 2, 3, 3], 2),
      f([0.03], []),
      small('uint8', [114], []),
      f([0.2], []),
      small('uint8', [118], []),
      small('int32', [100, -50, 7]),
    ],
  },
  // signals
  ...same(['HannWindow', 'HammingWindow', 'BlackmanWindow'], [], {
    constants: [longs([10], [])],
    dtype: 'float32',
    tolerance: 1e-4,
  }),
  {
    op: 'HannWindow',
    note: 'symmetric',
    x: [],
    constants: [longs([9], [])],
    attributes: { periodic: 0 },
    dtype: 'float32',
  },
  { op: 'DFT', x: [image([2, 10, 1])], attributes: { axis: 1 }, tolerance: 1e-4 },
  {
    op: 'DFT',
    note: 'onesided, filled up',
    x: [image([1, 6, 1])],
    constants: [longs([8], [])],
    attributes: { axis: 1, onesided: 1 },
    tolerance: 1e-4,
  },
  {
    op: 'DFT',
    note: 'of complex numbers, back',
    x: [image([1, 5, 3, 2])],
    attributes: { axis: 2, inverse: 1 },
    tolerance: 1e-4,
  },
  {
    op: 'STFT',
    x: [image([1, 64, 1])],
    constants: [longs([8], []), floats([16], (i) => 0.5 + i / 40)],
    tolerance: 1e-4,
  },
  {
    op: 'MelWeightMatrix',
    x: [],
    constants: [longs([8], []), longs([32], []), longs([8192], []), f([0], []), f([4096], [])],
    dtype: 'float32',
  },
  // points in images
  ...['nearest', 'bilinear', 'bicubic'].flatMap((mode) =>
    ['zeros', 'border', 'reflection'].map((padding_mode): Case => ({
      op: 'GridSample',
      note: `${mode}, ${padding_mode}`,
      opset: 16,
      x: [image([2, 2, 4, 5]), floats([2, 3, 3, 2], (i) => noise(9)(i) * 1.3)],
      attributes: { mode, padding_mode },
      tolerance: 1e-4,
    })),
  ),
  {
    op: 'GridSample',
    note: 'aligned corners',
    opset: 16,
    x: [image([1, 2, 4, 5]), floats([1, 3, 3, 2], (i) => noise(9)(i) * 1.3)],
    attributes: { align_corners: 1, padding_mode: 'reflection' },
    tolerance: 1e-4,
  },
  ...['nearest', 'linear'].flatMap((mode) =>
    ['zeros', 'border', 'reflection'].map((padding_mode): Case => ({
      op: 'GridSample',
      note: `a volume, ${mode}, ${padding_mode}`,
      opset: 20,
      x: [image([1, 2, 2, 3, 4]), floats([1, 2, 2, 2, 3], (i) => noise(9)(i) * 1.3)],
      attributes: { mode, padding_mode },
      tolerance: 1e-4,
    })),
  ),
  {
    op: 'MaxRoiPool',
    x: [image([2, 3, 8, 7])],
    constants: [f([0, 1, 1, 6, 5, 1, 0, 2, 3, 7, 1, 5, 6, 9, 12], [3, 5])],
    attributes: { pooled_shape: [2, 3] },
  },
  {
    op: 'MaxRoiPool',
    note: 'scaled',
    x: [image([2, 3, 8, 7])],
    constants: [f([0, 2, 2, 12, 10, 1, 0, 4, 6, 14], [2, 5])],
    attributes: { pooled_shape: [3, 2], spatial_scale: float(0.5) },
  },
  {
    op: 'DeformConv',
    opset: 19,
    x: [image([1, 2, 4, 4]), image([2, 2, 2, 2], 2), floats([1, 8, 4, 2], (i) => noise(7)(i) * 1.5)],
    attributes: { pads: [1, 0, 0, 1], strides: [1, 2], kernel_shape: [2, 2] },
  },
  {
    op: 'DeformConv',
    note: 'groups of filters and of offsets, a bias, a mask',
    opset: 19,
    x: [
      image([2, 4, 3, 3]),
      image([4, 2, 2, 2], 2),
      floats([2, 16, 2, 2], (i) => noise(7)(i) * 1.5),
      image([4], 3),
      image([2, 8, 2, 2], 5),
    ],
    attributes: { group: 2, offset_group: 2 },
  },
  { op: 'TensorScatter', opset: 24, x: [image([2, 3, 5, 2]), image([2, 3, 2, 2], 2)], constants: [longs([1, 3])] },
  {
    op: 'TensorScatter',
    note: 'circular, along another axis, from the start',
    opset: 24,
    x: [image([2, 4, 3]), image([2, 3, 3], 2)],
    constants: [longs([3, 2])],
    attributes: { mode: 'circular', axis: 1 },
  },
  { op: 'TensorScatter', note: 'without places', opset: 24, x: [image([2, 3, 5, 2]), image([2, 3, 2, 2], 2)] },
  ...[10, 16].map((opset): Case => ({
    op: 'RoiAlign',
    note: `version ${opset}`,
    opset,
    x: [image([1, 2, 8, 8])],
    constants: [f([0, 0, 5, 6, 1.5, 2, 6, 7.5], [2, 4]), longs([0, 0])],
    attributes: { output_height: 3, output_width: 2, sampling_ratio: 2, spatial_scale: float(0.9) },
    tolerance: 1e-4,
  })),
  {
    op: 'NonMaxSuppression',
    x: [f([0, 0, 1, 1, 0, 0.1, 1, 1.1, 0, -0.1, 1, 0.9, 0, 10, 1, 11, 0, 10.1, 1, 11.1, 0, 100, 1, 101], [1, 6, 4])],
    constants: [f([0.9, 0.75, 0.6, 0.95, 0.5, 0.3], [1, 1, 6]), longs([3]), f([0.5]), f([0.4])],
    dtype: 'int64',
  },
];
