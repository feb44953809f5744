import { createApp } from '@graft/plugin';
import { mul } from '@graft/tensor';
import type { InputSpec } from '@graft/tensor/testing';
import { expect, test } from 'vitest';
import {
  BatchNorm2d,
  Checkpoint,
  Conv2d,
  Dropout,
  GRU,
  Lambda,
  layer,
  layersPlugin,
  Linear,
  LSTM,
  MultiheadAttention,
  ReLU,
  Residual,
  Sequential,
  TransformerEncoder,
} from '../index.ts';
import { describeLayer } from '../testing/index.ts';

const app = await createApp([layersPlugin]);
const sequence = [2, 2, 5];
const image = [2, 2, 4, 3];
const volume = [1, 2, 3, 3, 2];
const words = [2, 3, 4];
const steps = [2, 3, 2];
const rows = [2, 6];
const indices: InputSpec = { shape: [2, 3], dtype: 'int32', values: [0, 3, 1, 4, 4, 0] };
const distinct = (shape: readonly number[]): InputSpec => ({ shape, values: 'distinct' });
const channels = { in: 2, out: 2, kernel: 2 };
const width = { features: 4, heads: 2, dropout: 0.2 };
const encoder = { ...width, feedforward: 5 };

/** Layers by the names that configurations give: options, and an input's shape or more. */
const cases: readonly (readonly [
  name: string,
  options: object,
  input: readonly number[] | InputSpec,
  noTrainingGradient?: string,
])[] = [
  ['linear', { in: 6, out: 3 }, rows],
  ['conv1d', { ...channels, stride: 2, padding: 1 }, sequence],
  ['conv2d', { ...channels, padding: 'same', paddingMode: 'reflect' }, image],
  ['conv3d', { ...channels, groups: 2 }, volume],
  ['convTranspose1d', { ...channels, stride: 2, outputPadding: 1 }, sequence],
  ['convTranspose2d', { ...channels, stride: 2, padding: 1 }, image],
  ['convTranspose3d', channels, [1, 2, 2, 2, 2]],
  ['separableConv2d', channels, image],
  ['batchNorm1d', { features: 6 }, [4, 6]],
  ['batchNorm2d', { features: 2 }, image],
  ['batchNorm3d', { features: 2, affine: false }, volume],
  ['instanceNorm1d', { features: 2 }, sequence],
  ['instanceNorm2d', { features: 2, affine: true, trackRunningStats: true }, image],
  ['instanceNorm3d', { features: 2 }, volume],
  ['groupNorm', { groups: 2, features: 4 }, [2, 4, 3]],
  ['layerNorm', { features: [4, 3] }, image],
  ['rmsNorm', { features: 6 }, rows],
  ['embedding', { count: 5, features: 3, paddingIndex: 4 }, indices, 'the padding’s vector is held still'],
  ['embedding', { count: 5, features: 3 }, indices],
  ['sinusoidalPositionalEncoding', { features: 4 }, words],
  ['learnedPositionalEncoding', { count: 5, features: 4 }, words],
  ['rnn', { in: 2, hidden: 2, numLayers: 2, dropout: 0.3 }, steps],
  ['gru', { in: 2, hidden: 2, bidirectional: true }, steps],
  ['lstm', { in: 2, hidden: 2, numLayers: 2, bidirectional: true, dropout: 0.3 }, steps],
  ['multiheadAttention', { ...width, causal: true }, words],
  ['transformerEncoderLayer', { ...encoder, normFirst: true, activation: 'gelu' }, words],
  ['transformerEncoder', { ...encoder, numLayers: 2, norm: true }, words],
  ['maxPool1d', { kernel: 2 }, distinct(sequence)],
  ['maxPool2d', { kernel: 2, ceilMode: true }, distinct(image)],
  ['maxPool3d', { kernel: 2, padding: 1 }, distinct(volume)],
  ['avgPool1d', { kernel: 2 }, sequence],
  ['avgPool2d', { kernel: 3, padding: 1, countIncludePad: false }, image],
  ['avgPool3d', { kernel: 2 }, volume],
  ['lpPool1d', { kernel: 2 }, sequence],
  ['lpPool2d', { kernel: 2, p: 3 }, image],
  ['adaptiveAvgPool1d', { size: 2 }, sequence],
  ['adaptiveAvgPool2d', { size: 2 }, image],
  ['adaptiveAvgPool3d', { size: 2 }, volume],
  ['adaptiveMaxPool1d', { size: 2 }, distinct(sequence)],
  ['adaptiveMaxPool2d', { size: [2, null] }, distinct(image)],
  ['adaptiveMaxPool3d', { size: 2 }, distinct(volume)],
  ['adaptiveConcatPool2d', {}, distinct(image)],
  ['globalAvgPool', {}, image],
  ['globalMaxPool', {}, distinct(image)],
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
    'prelu',
    'dropout',
    'alphaDropout',
    'dropPath',
    'identity',
    'flatten',
  ].map((name) => [name, {}, rows] as const),
  ['threshold', { threshold: 0.1, value: 2 }, rows],
  ['prelu', { features: 2 }, image],
  ['dropout2d', {}, image],
  ['upsample', { scaleFactor: 2 }, image],
  ['upsample', { size: 5, mode: 'bicubic' }, image],
  ['pixelShuffle', { factor: 2 }, [1, 4, 2, 2]],
  ['pixelUnshuffle', { factor: 2 }, [1, 1, 4, 2]],
  ['zeroPad1d', { padding: 1 }, sequence],
  ['zeroPad2d', { padding: 1 }, image],
  ['zeroPad3d', { padding: 1 }, volume],
  ['reflectionPad1d', { padding: 2 }, sequence],
  ['reflectionPad2d', { padding: 1 }, image],
  ['reflectionPad3d', { padding: 1 }, volume],
  ['replicationPad1d', { padding: 2 }, sequence],
  ['replicationPad2d', { padding: 1 }, image],
  ['replicationPad3d', { padding: 1 }, volume],
  ['unflatten', { sizes: [2, 3] }, rows],
];
for (const [name, options, input, noTrainingGradient] of cases)
  describeLayer(
    `${name} ${JSON.stringify(options)}`,
    () => app.get(layer, name).create(options),
    ['shape' in input ? input : { shape: input }],
    noTrainingGradient === undefined ? {} : { noTrainingGradient },
  );

describeLayer(
  'Residual',
  () =>
    new Residual(
      new Sequential(new Conv2d({ in: 2, out: 3, kernel: 1 }), new BatchNorm2d({ features: 3 }), new ReLU()),
      new Conv2d({ in: 2, out: 3, kernel: 1, bias: false }),
    ),
  [{ shape: image }],
);
describeLayer(
  'Checkpoint',
  () =>
    new Checkpoint(
      new Sequential(new Conv2d({ in: 2, out: 3, kernel: 1 }), new BatchNorm2d({ features: 3 }), new Dropout()),
    ),
  [{ shape: image }],
);
describeLayer(
  'Lambda',
  () => new Sequential(new Linear({ in: 6, out: 2 }), new Lambda('twice', (x) => mul(x, 2)), new Dropout()),
  [{ shape: rows }],
);
describeLayer(
  'MultiheadAttention.attend',
  () => new MultiheadAttention(width),
  [
    { shape: words },
    { shape: [2, 5, 4] },
    { shape: [2, 5, 4] },
    { shape: [2, 5], dtype: 'bool', values: [0, 1, 0, 0, 0, 0, 0, 0, 1, 1] },
  ],
  {
    call: (attention, [query, key, value, keyPaddingMask], run) =>
      attention.attend(query!, key!, value!, { keyPaddingMask }, run),
  },
);
describeLayer(
  'TransformerEncoder.encode',
  () => new TransformerEncoder({ ...encoder, numLayers: 1 }),
  [{ shape: words }, { shape: [3, 3] }],
  { call: (stack, [x, attentionMask], run) => stack.encode(x!, { attentionMask }, run) },
);
describeLayer('GRU.unroll', () => new GRU({ in: 2, hidden: 2 }), [{ shape: steps }, { shape: [1, 2, 2] }], {
  call: (gru, [x, state], run) => gru.unroll(x!, { states: [state!] }, run).states[0]!,
});
describeLayer(
  'LSTM.unroll',
  () => new LSTM({ in: 2, hidden: 2, numLayers: 2 }),
  [{ shape: steps }, { shape: [2, 2, 2] }, { shape: [2, 2, 2] }],
  {
    call: (lstm, [x, ...states], run) => lstm.unroll(x!, { states }, run).states[1]!,
  },
);

test('every layer is here', () =>
  expect(
    app
      .all(layer)
      .map(({ name }) => name)
      .filter((name) => !cases.some(([own]) => own === name)),
  ).toEqual([]));
