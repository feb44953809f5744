import { layer, layersPlugin, type Module } from '@graft/layers';
import { createApp } from '@graft/plugin';
import { type DType, tensor } from '@graft/tensor';
import { expect, test } from 'vitest';
import { expectClose, runImported, runInOnnxruntime } from '../test/onnxruntime.ts';
import { exportOnnx, importOnnx } from './index.ts';
import { floats, noise } from './testing/index.ts';

const app = await createApp([layersPlugin]);
const sequence = [4, 7];
const image = [4, 6, 5];
const volume = [2, 4, 3, 4];
const words = [5, 4];
const channels = { in: 4, out: 6, kernel: 3 };
const encoder = { features: 4, heads: 2, feedforward: 6 };

/** Options, and one input's shape without the batch. */
const cases: readonly (readonly [name: string, options: object, inputShape: readonly number[], dtype?: DType])[] = [
  ['linear', { in: 4, out: 3 }, words],
  ['conv1d', { ...channels, padding: 1, stride: 2 }, sequence],
  ['conv2d', { ...channels, padding: 'same', paddingMode: 'reflect' }, image],
  ['conv3d', { in: 2, out: 4, kernel: [3, 2, 2], stride: [2, 1, 1], padding: 1, groups: 2 }, volume],
  ['convTranspose1d', { ...channels, stride: 2, padding: 1, outputPadding: 1 }, sequence],
  ['convTranspose2d', { ...channels, stride: 2, padding: 1, groups: 2 }, image],
  ['convTranspose2d', { ...channels, dilation: 2, outputPadding: 1 }, image],
  ['convTranspose3d', { in: 2, out: 3, kernel: 2, stride: 2 }, volume],
  ['separableConv2d', channels, image],
  ['batchNorm1d', { features: 4 }, [4]],
  ['batchNorm1d', { features: 4 }, sequence],
  ['batchNorm2d', { features: 4, affine: false }, image],
  ['batchNorm3d', { features: 2 }, volume],
  ['instanceNorm1d', { features: 4 }, sequence],
  ['instanceNorm2d', { features: 4, affine: true }, image],
  ['instanceNorm3d', { features: 2, trackRunningStats: true }, volume],
  ['groupNorm', { groups: 2, features: 4 }, image],
  ['layerNorm', { features: 4 }, words],
  ['rmsNorm', { features: 4 }, words],
  ['embedding', { count: 5, features: 3, paddingIndex: 0 }, [6], 'int64'],
  ['sinusoidalPositionalEncoding', { features: 4 }, words],
  ['learnedPositionalEncoding', { count: 9, features: 4 }, words],
  ['rnn', { in: 4, hidden: 3 }, words],
  ['gru', { in: 4, hidden: 3, bidirectional: true }, words],
  ['lstm', { in: 4, hidden: 3, numLayers: 2 }, words],
  ['multiheadAttention', { features: 4, heads: 2, causal: true }, words],
  ['transformerEncoderLayer', encoder, words],
  ['transformerEncoder', { ...encoder, numLayers: 2, normFirst: true, norm: true, activation: 'gelu' }, words],
  ['maxPool1d', { kernel: 3, stride: 2, padding: 1 }, sequence],
  ['maxPool2d', { kernel: 2, ceilMode: true }, image],
  ['maxPool3d', { kernel: 2 }, volume],
  ['avgPool1d', { kernel: 3, padding: 1, countIncludePad: false }, sequence],
  ['avgPool2d', { kernel: 2 }, image],
  ['avgPool3d', { kernel: 2 }, volume],
  ['lpPool1d', { kernel: 3 }, sequence],
  ['lpPool2d', { kernel: 2 }, image],
  ['adaptiveAvgPool1d', { size: 3 }, sequence],
  ['adaptiveAvgPool2d', { size: [4, 2] }, image],
  ['adaptiveAvgPool3d', { size: 2 }, volume],
  ['adaptiveMaxPool1d', { size: 3 }, sequence],
  ['adaptiveMaxPool2d', { size: [3, 1] }, image],
  ['adaptiveMaxPool3d', { size: 1 }, volume],
  ['adaptiveConcatPool2d', {}, image],
  ['globalAvgPool', {}, image],
  ['globalMaxPool', {}, image],
  ...[
    'relu',
    'relu6',
    'silu',
    'sigmoid',
    'tanh',
    'hardswish',
    'hardsigmoid',
    'selu',
    'softsign',
    'mish',
    'logSigmoid',
    'tanhshrink',
    'gelu',
    'leakyRelu',
    'elu',
    'celu',
    'softplus',
    'hardtanh',
    'softshrink',
    'hardshrink',
    'glu',
    'softmax',
    'softmin',
    'logSoftmax',
  ].map((name) => [name, {}, words] as const),
  ['gelu', { approximate: 'tanh' }, words],
  ['prelu', { features: 4 }, image],
  ['threshold', { threshold: 0.1, value: 2 }, words],
  ['upsample', { scaleFactor: 2 }, image],
  ['upsample', { scaleFactor: 1.5, mode: 'bilinear' }, image],
  ['upsample', { size: 9, mode: 'bicubic' }, image],
  ['pixelShuffle', { factor: 2 }, image],
  ['pixelUnshuffle', { factor: 2 }, [4, 6, 4]],
  ['zeroPad1d', { padding: 1 }, sequence],
  ['zeroPad2d', { padding: [1, 2] }, image],
  ['zeroPad3d', { padding: 1 }, volume],
  ['reflectionPad1d', { padding: 2 }, sequence],
  ['reflectionPad2d', { padding: 1 }, image],
  ['reflectionPad3d', { padding: 1 }, volume],
  ['replicationPad1d', { padding: 2 }, sequence],
  ['replicationPad2d', { padding: 1 }, image],
  ['replicationPad3d', { padding: 1 }, volume],
  ['flatten', {}, image],
  ['flatten', { start: 2 }, image],
  ['unflatten', { axis: 2, sizes: [2, -1] }, words],
];

test.each(
  cases.map(([name, options, inputShape, dtype = 'float32']) => ({
    name,
    options,
    inputShape,
    dtype,
    title: `${name} ${JSON.stringify(options)}`,
  })),
)('$title computes in onnxruntime what it computes here', async ({ name, options, inputShape, dtype }) => {
  const module: Module = app.get(layer, name).create(options).initialize(1);
  const bytes = await exportOnnx(module, { inputShape, inputDType: dtype });
  for (const batch of [1, 3]) {
    const shape = [batch, ...inputShape];
    const host =
      dtype === 'int64'
        ? { shape, dtype, data: BigInt64Array.from({ length: batch * 6 }, (_, i) => BigInt(i % 5)) }
        : floats(shape, (i) => 1.5 * noise(batch)(i));
    const [got] = Object.values(await runInOnnxruntime(bytes, { input: host }));
    const wanted = module.forward(tensor(host.data, { shape }));
    expect(got!.shape).toEqual(wanted.shape);
    expectClose(got!.data, wanted.arraySync(), 2e-5);
    expectClose(runImported(importOnnx(bytes), { input: host }).values().next().value!.arraySync(), got!.data, 2e-5);
  }
});
const leavesAlone = new Set(['dropout', 'dropout2d', 'alphaDropout', 'dropPath', 'identity']);
test('every layer that computes something at inference is here', () =>
  expect(
    app
      .all(layer)
      .map(({ name }) => name)
      .filter((name) => !leavesAlone.has(name) && !cases.some(([own]) => own === name)),
  ).toEqual([]));
