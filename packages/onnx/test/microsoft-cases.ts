import { float } from '../src/proto/write.ts';
import { floats, noise } from '../src/suite/build-model.ts';
import type { Case } from './operator-cases.ts';

const image = (shape: readonly number[], seed = 1): ReturnType<typeof floats> => floats(shape, noise(seed));
const f = (values: readonly number[], shape: readonly number[] = [values.length]): ReturnType<typeof floats> =>
  floats(shape, values);
const words = (values: readonly number[], shape: readonly number[] = [values.length]) =>
  ({ shape, dtype: 'int32', data: Int32Array.from(values) }) as const;
const bytes = (shape: readonly number[], seed = 1) =>
  ({
    shape,
    dtype: 'uint8',
    data: Uint8Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) =>
      Math.floor((noise(seed)(i) + 1) * 127),
    ),
  }) as const;
const signed = (shape: readonly number[], seed = 1) =>
  ({
    shape,
    dtype: 'int8',
    data: Int8Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => Math.floor(noise(seed)(i) * 127)),
  }) as const;
const zero = (value: number) => ({ shape: [], dtype: 'uint8', data: Uint8Array.of(value) }) as const;
const zero8 = (value: number) => ({ shape: [], dtype: 'int8', data: Int8Array.of(value) }) as const;
const s = (value: number): ReturnType<typeof floats> => f([value], []);
/** One quantisation step: the tolerance for tables and rounding. */
const step = 1 / 120;

const named = (cases: readonly Case[]): Case[] => cases.map((one) => ({ ...one, op: `com.microsoft.${one.op}` }));

const pic = image([2, 4, 6, 5]);
const filters = image([4, 2, 3, 3], 2);
const convolution = { pads: [1, 1, 1, 1], group: 2 };
const hidden = image([2, 3, 8]);
const [gamma, beta] = [floats([8], (i) => 1 + noise(4)(i) / 2), image([8], 5)];

/** Fused operators that onnxruntime's optimiser writes. All floats are inputs, so all have gradients. */
export const microsoftCases: readonly Case[] = named([
  ...['Relu', 'Sigmoid', 'Tanh'].map((activation): Case => ({
    op: 'FusedConv',
    note: activation,
    x: [pic, filters, image([4], 3)],
    attributes: { ...convolution, activation },
  })),
  {
    op: 'FusedConv',
    note: 'a sum, LeakyRelu',
    x: [pic, filters, image([4], 3), image([2, 4, 6, 5], 6)],
    attributes: { ...convolution, activation: 'LeakyRelu', activation_params: [float(0.2)] },
  },
  {
    op: 'FusedConv',
    note: 'Clip',
    x: [pic, filters],
    attributes: { ...convolution, activation: 'Clip', activation_params: [float(-0.5), float(1.5)] },
  },
  {
    op: 'FusedConv',
    note: 'HardSigmoid',
    x: [pic, filters],
    attributes: { ...convolution, activation: 'HardSigmoid', activation_params: [float(0.25), float(0.4)] },
  },
  { op: 'FusedMatMul', x: [image([2, 4, 3]), image([2, 4, 5], 2)], attributes: { transA: 1, alpha: float(0.5) } },
  {
    op: 'FusedMatMul',
    note: 'both transposed',
    x: [image([4, 3]), image([5, 4], 2)],
    attributes: { transA: 1, transB: 1 },
  },
  {
    op: 'FusedMatMul',
    note: 'batches behind',
    x: [image([3, 2, 4]), image([4, 2, 5], 2)],
    attributes: { transBatchA: 1, transBatchB: 1 },
  },
  ...['Gelu', 'FastGelu', 'QuickGelu'].map((op): Case => ({ op, x: [image([2, 4])] })),
  { op: 'QuickGelu', note: 'alpha', x: [image([2, 4])], attributes: { alpha: float(1) } },
  ...['BiasGelu', 'FastGelu'].map((op): Case => ({ op, note: 'with a bias', x: [image([2, 4]), image([4], 2)] })),
  {
    op: 'SkipLayerNormalization',
    x: [hidden, image([2, 3, 8], 3), gamma, beta, image([8], 6)],
    attributes: { epsilon: float(1e-5) },
  },
  {
    op: 'SkipLayerNormalization',
    note: 'no shift, no bias, one skip for all',
    x: [hidden, image([1, 3, 8], 3), gamma],
    attributes: { epsilon: float(1e-5) },
  },
  {
    op: 'SkipSimplifiedLayerNormalization',
    x: [hidden, image([2, 3, 8], 3), gamma, image([8], 6)],
    attributes: { epsilon: float(1e-5) },
  },
  // transformers
  { op: 'Attention', x: [hidden, image([8, 24], 2), image([24], 3)], attributes: { num_heads: 2 } },
  {
    op: 'Attention',
    note: 'ends of rows, looking back only',
    x: [hidden, image([8, 24], 2), image([24], 3)],
    constants: [words([3, 2])],
    attributes: { num_heads: 2, unidirectional: 1 },
  },
  {
    op: 'Attention',
    note: 'a mask, values of another size, scaled',
    x: [hidden, image([8, 20], 2), image([20], 3)],
    constants: [words([1, 0, 1, 1, 1, 0], [2, 3])],
    attributes: { num_heads: 2, qkv_hidden_sizes: [8, 8, 4], scale: float(0.3) },
  },
  {
    op: 'Attention',
    note: 'a mask for each query',
    x: [hidden, image([8, 24], 2), image([24], 3)],
    constants: [
      words(
        Array.from({ length: 18 }, (_, i) => Number(i % 3 <= 1)),
        [2, 3, 3],
      ),
    ],
    attributes: { num_heads: 2 },
  },
  {
    op: 'Attention',
    note: 'a past',
    x: [hidden, image([8, 24], 2), image([24], 3), null, image([2, 2, 2, 5, 4], 5)],
    attributes: { num_heads: 2 },
    outputs: 2,
  },
  {
    op: 'Attention',
    note: 'a bias of the scores',
    x: [hidden, image([8, 24], 2), image([24], 3), null, null, image([2, 2, 3, 3], 6)],
    attributes: { num_heads: 2 },
  },
  { op: 'MultiHeadAttention', x: [hidden, image([2, 5, 8], 2), image([2, 5, 12], 3)], attributes: { num_heads: 2 } },
  {
    op: 'MultiHeadAttention',
    note: 'biases, a bias of the scores',
    x: [hidden, image([2, 5, 8], 2), image([2, 5, 8], 3), image([24], 4), null, image([1, 2, 3, 5], 5)],
    attributes: { num_heads: 2 },
  },
  {
    op: 'MultiHeadAttention',
    note: 'a mask',
    x: [hidden, image([2, 5, 8], 2), image([2, 5, 8], 3), null],
    constants: [words([1, 1, 1, 0, 0, 1, 1, 1, 1, 1], [2, 5])],
    attributes: { num_heads: 4, scale: float(0.4) },
  },
  {
    op: 'MultiHeadAttention',
    note: 'keys and values in heads',
    x: [hidden, image([2, 2, 5, 4], 2), image([2, 2, 5, 4], 3)],
    attributes: { num_heads: 2 },
  },
  {
    op: 'MultiHeadAttention',
    note: 'a past',
    x: [
      hidden,
      image([2, 3, 8], 2),
      image([2, 3, 8], 3),
      null,
      null,
      null,
      image([2, 2, 4, 4], 4),
      image([2, 2, 4, 4], 5),
    ],
    attributes: { num_heads: 2 },
    outputs: 3,
  },
]);

/** Operators of tokens and integers, whose first input has no gradient. */
export const microsoftIntegerCases: readonly Case[] = named([
  {
    op: 'EmbedLayerNormalization',
    x: [words([1, 2, 0, 4, 4, 3], [2, 3]), words([0, 0, 1, 0, 1, 1], [2, 3])],
    constants: [image([5, 8]), image([4, 8], 2), image([2, 8], 3), gamma, beta, words([1, 1, 0, 1, 1, 1], [2, 3])],
    attributes: { epsilon: float(1e-5) },
    outputs: ['float32', 'int32', 'float32'],
  },
  {
    op: 'EmbedLayerNormalization',
    note: 'no segments, places given',
    x: [words([1, 2, 0, 4, 4, 3], [2, 3]), null],
    constants: [image([5, 8]), image([4, 8], 2), null, gamma, beta, null, words([1, 0, 3, 2, 2, 2], [2, 3])],
    outputs: ['float32', 'int32'],
    tolerance: 1e-4,
  },
  {
    op: 'DynamicQuantizeMatMul',
    x: [image([3, 4]), bytes([4, 2], 2)],
    constants: [s(0.03), zero(120), image([2], 5)],
    dtype: 'float32',
  },
  {
    op: 'DynamicQuantizeMatMul',
    note: 'by column',
    x: [image([3, 4]), signed([4, 2], 2)],
    constants: [f([0.03, 0.01]), { shape: [2], dtype: 'int8', data: Int8Array.of(3, -5) }],
    dtype: 'float32',
  },
  {
    op: 'MatMulIntegerToFloat',
    x: [bytes([3, 4]), bytes([4, 2], 2)],
    constants: [s(0.02), s(0.03), zero(113), zero(114), image([2], 5)],
    dtype: 'float32',
  },
  ...['QLinearAdd', 'QLinearMul'].map((op): Case => ({
    op,
    x: [bytes([2, 4])],
    constants: [s(0.02), zero(113), bytes([4], 2), s(0.03), zero(114), s(0.05), zero(118)],
    tolerance: step,
  })),
  {
    op: 'QLinearAdd',
    note: 'signed',
    x: [signed([2, 4])],
    constants: [s(0.02), zero8(3), signed([2, 4], 2), s(0.03), zero8(-4), s(0.05), zero8(8)],
    tolerance: step,
  },
  { op: 'QLinearSigmoid', x: [bytes([2, 4])], constants: [s(0.03), zero(128), s(1 / 256), zero(0)], tolerance: step },
  {
    op: 'QLinearLeakyRelu',
    x: [bytes([2, 4])],
    constants: [s(0.03), zero(128), s(0.02), zero(60)],
    attributes: { alpha: float(0.2) },
    tolerance: step,
  },
  {
    op: 'QLinearGlobalAveragePool',
    x: [bytes([2, 3, 4, 5])],
    constants: [s(0.02), zero(113), s(0.01), zero(100)],
    tolerance: step,
  },
  {
    op: 'QLinearGlobalAveragePool',
    note: 'channels last',
    x: [bytes([2, 4, 5, 3])],
    constants: [s(0.02), zero(113), s(0.01), zero(100)],
    attributes: { channels_last: 1 },
    tolerance: step,
  },
  {
    op: 'QLinearAveragePool',
    x: [bytes([2, 3, 5, 5])],
    constants: [s(0.02), zero(113), s(0.015), zero(100)],
    attributes: { kernel_shape: [2, 2], strides: [2, 1] },
    tolerance: step,
  },
  {
    op: 'QGemm',
    x: [bytes([3, 4])],
    constants: [s(0.02), zero(113), bytes([4, 2], 2), s(0.03), zero(114), words([500, -300]), s(0.1), zero(118)],
    tolerance: step,
  },
  {
    op: 'QGemm',
    note: 'to floats, by column, transposed',
    x: [bytes([3, 4])],
    constants: [
      s(0.02),
      zero(113),
      signed([2, 4], 2),
      f([0.03, 0.01]),
      { shape: [2], dtype: 'int8', data: Int8Array.of(0, 0) },
      words([500, -300]),
    ],
    attributes: { transB: 1, alpha: float(0.5) },
    dtype: 'float32',
  },
  ...[13, 11].map((opset): Case => ({
    op: 'QLinearSoftmax',
    note: `as in version ${opset}`,
    x: [bytes([2, 3, 5])],
    constants: [s(0.02), zero(113), s(1 / 256), zero(0)],
    attributes: { axis: 1, opset },
    tolerance: step,
  })),
  {
    op: 'QAttention',
    x: [bytes([2, 3, 8]), signed([8, 24], 2)],
    constants: [image([24], 5), s(0.02), s(0.01), null, zero(120), zero8(0)],
    attributes: { num_heads: 2 },
    dtype: 'float32',
    tolerance: 1e-4,
  },
  {
    op: 'QAttention',
    note: 'by column, causal',
    x: [bytes([2, 3, 8]), signed([8, 24], 2)],
    constants: [
      image([24], 5),
      s(0.02),
      floats([24], (i) => 0.005 + i / 5000),
      null,
      zero(120),
      { shape: [24], dtype: 'int8', data: new Int8Array(24) },
    ],
    attributes: { num_heads: 4, unidirectional: 1 },
    dtype: 'float32',
    tolerance: 1e-4,
  },
  {
    op: 'MatMulNBits',
    x: [image([3, 32])],
    constants: [bytes([4, 2, 8]), image([8], 3)],
    attributes: { K: 32, N: 4, bits: 4, block_size: 16 },
    tolerance: 1e-4,
  },
  {
    op: 'MatMulNBits',
    note: 'zero points, a part of a block, a bias',
    x: [image([2, 3, 40])],
    constants: [bytes([4, 3, 8]), image([12], 3), bytes([8], 4), null, image([4], 5)],
    attributes: { K: 40, N: 4, bits: 4, block_size: 16 },
    tolerance: 1e-4,
  },
  {
    op: 'MatMulNBits',
    note: '8 bits',
    x: [image([3, 32])],
    constants: [bytes([4, 2, 16]), image([8], 3)],
    attributes: { K: 32, N: 4, bits: 8, block_size: 16 },
    tolerance: 1e-3,
  },
  {
    op: 'QLinearConcat',
    x: [],
    constants: [s(0.04), zero(118), bytes([2, 3]), s(0.02), zero(113), bytes([2, 2], 2), s(0.03), zero(114)],
    attributes: { axis: 1 },
    dtype: 'uint8',
    tolerance: step,
  },
]);
