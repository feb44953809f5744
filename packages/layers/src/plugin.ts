import { apiVersion, configurable, definePlugin, type Plugin } from '@graft/plugin';
import {
  classPriors,
  constant,
  dirac,
  glorotNormal,
  glorotUniform,
  heNormal,
  heUniform,
  lecunNormal,
  lecunUniform,
  normal,
  orthogonal,
  truncatedNormal,
  uniform,
} from './initializers.ts';
import { initializer, layer } from './layer.ts';
import {
  CELU,
  ELU,
  GELU,
  GLU,
  Hardshrink,
  Hardsigmoid,
  Hardswish,
  Hardtanh,
  LeakyReLU,
  LogSigmoid,
  LogSoftmax,
  Mish,
  ReLU,
  ReLU6,
  SELU,
  Sigmoid,
  SiLU,
  Softmax,
  Softmin,
  Softplus,
  Softshrink,
  Softsign,
  Tanh,
  Tanhshrink,
  Threshold,
} from './layers/activations.ts';
import {
  AdaptiveAvgPool1d,
  AdaptiveAvgPool2d,
  AdaptiveAvgPool3d,
  AdaptiveConcatPool2d,
  AdaptiveMaxPool1d,
  AdaptiveMaxPool2d,
  AdaptiveMaxPool3d,
  type AdaptivePoolOptions,
  GlobalAvgPool,
  GlobalMaxPool,
} from './layers/adaptive-pooling.ts';
import { BatchNorm1d, BatchNorm2d, BatchNorm3d, type BatchNormOptions } from './layers/batch-norm.ts';
import { Identity } from './layers/composition.ts';
import {
  ConvTranspose1d,
  ConvTranspose2d,
  ConvTranspose3d,
  type ConvTransposeOptions,
} from './layers/conv-transpose.ts';
import { Conv1d, Conv2d, Conv3d, type ConvOptions } from './layers/convolution.ts';
import { AlphaDropout, DropPath, Dropout, Dropout2d, type DropoutOptions } from './layers/dropout.ts';
import { Embedding, type EmbeddingOptions } from './layers/embedding.ts';
import { GroupNorm, type GroupNormOptions } from './layers/group-norm.ts';
import { InstanceNorm1d, InstanceNorm2d, InstanceNorm3d } from './layers/instance-norm.ts';
import { LayerNorm, type LayerNormOptions } from './layers/layer-norm.ts';
import { Linear, type LinearOptions } from './layers/linear.ts';
import { MultiheadAttention, type MultiheadAttentionOptions } from './layers/multihead-attention.ts';
import {
  type PadOptions,
  ReflectionPad1d,
  ReflectionPad2d,
  ReflectionPad3d,
  ReplicationPad1d,
  ReplicationPad2d,
  ReplicationPad3d,
  ZeroPad1d,
  ZeroPad2d,
  ZeroPad3d,
} from './layers/padding.ts';
import { PixelShuffle, type PixelShuffleOptions, PixelUnshuffle } from './layers/pixel-shuffle.ts';
import {
  AvgPool1d,
  AvgPool2d,
  AvgPool3d,
  type AvgPoolOptions,
  LPPool1d,
  LPPool2d,
  type LpPoolOptions,
  MaxPool1d,
  MaxPool2d,
  MaxPool3d,
  type PoolOptions,
} from './layers/pooling.ts';
import {
  LearnedPositionalEncoding,
  type LearnedPositionalEncodingOptions,
  SinusoidalPositionalEncoding,
  type SinusoidalPositionalEncodingOptions,
} from './layers/positional-encoding.ts';
import { PReLU, type PReLUOptions } from './layers/prelu.ts';
import { GRU, LSTM, type RecurrentOptions, RNN, type RNNOptions } from './layers/recurrent.ts';
import { RMSNorm } from './layers/rms-norm.ts';
import { SeparableConv2d, type SeparableConv2dOptions } from './layers/separable-conv2d.ts';
import { Flatten, Unflatten, type UnflattenOptions } from './layers/shape.ts';
import {
  TransformerEncoder,
  TransformerEncoderLayer,
  type TransformerEncoderLayerOptions,
  type TransformerEncoderOptions,
} from './layers/transformer-encoder.ts';
import { Upsample, type UpsampleOptions } from './layers/upsample.ts';
import { loss } from './loss.ts';
import { binaryCrossEntropyWithLogits } from './losses/binary-cross-entropy-with-logits.ts';
import { binaryFocal } from './losses/binary-focal.ts';
import { contrastive } from './losses/contrastive.ts';
import { cosineEmbedding } from './losses/cosine-embedding.ts';
import { crossEntropy } from './losses/cross-entropy.ts';
import { ctc } from './losses/ctc.ts';
import { dice } from './losses/dice.ts';
import { distillation } from './losses/distillation.ts';
import { focal } from './losses/focal.ts';
import { hinge } from './losses/hinge.ts';
import { huber } from './losses/huber.ts';
import { infoNce } from './losses/info-nce.ts';
import { jaccard } from './losses/jaccard.ts';
import { klDivergence } from './losses/kl-divergence.ts';
import { l1 } from './losses/l1.ts';
import { logCosh } from './losses/log-cosh.ts';
import { meanSquaredError } from './losses/mean-squared-error.ts';
import { multiMargin } from './losses/multi-margin.ts';
import { smoothL1 } from './losses/smooth-l1.ts';
import { triplet } from './losses/triplet.ts';

type Options<Layer extends abstract new (options: never) => unknown> = ConstructorParameters<Layer>[0];

const initializers = { initializer: 'function', biasInitializer: 'function' } as const;
const windows = {
  kernel: 'number or numbers',
  stride: 'number or numbers',
  padding: 'number or numbers',
  dilation: 'number or numbers',
} as const;
const convolution = {
  in: 'integer',
  out: 'integer',
  ...windows,
  padding: 'any',
  paddingMode: 'string',
  groups: 'integer',
  bias: 'boolean',
  ...initializers,
} as const;
const transposed = {
  in: 'integer',
  out: 'integer',
  ...windows,
  outputPadding: 'number or numbers',
  groups: 'integer',
  bias: 'boolean',
  ...initializers,
} as const;
const pooling = { ...windows, ceilMode: 'boolean' } as const;
const norm = {
  features: 'integer',
  epsilon: 'number',
  momentum: 'number',
  affine: 'boolean',
  trackRunningStats: 'boolean',
} as const;
const recurrent = {
  in: 'integer',
  hidden: 'integer',
  numLayers: 'integer',
  bias: 'boolean',
  dropout: 'number',
  bidirectional: 'boolean',
} as const;
const attention = {
  features: 'integer',
  heads: 'integer',
  dropout: 'number',
  bias: 'boolean',
  causal: 'boolean',
} as const;
const encoder = {
  ...attention,
  feedforward: 'integer',
  activation: 'string',
  epsilon: 'number',
  normFirst: 'boolean',
} as const;

interface Spread {
  readonly deviation?: number;
  readonly mean?: number;
}
interface Gain {
  readonly gain?: number;
}
interface Fan {
  readonly fan?: 'fanIn' | 'fanOut';
}

/** What `@graft/layers` adds to an app. */
const plugin: Plugin = definePlugin({
  name: '@graft/layers',
  apiVersion,
  contributes: [
    layer(
      configurable('linear', (options: LinearOptions) => new Linear(options), {
        in: 'integer',
        out: 'integer',
        bias: 'boolean',
        ...initializers,
      }),
    ),
    layer(configurable('conv1d', (options: ConvOptions) => new Conv1d(options), convolution)),
    layer(configurable('conv2d', (options: ConvOptions) => new Conv2d(options), convolution)),
    layer(configurable('conv3d', (options: ConvOptions) => new Conv3d(options), convolution)),
    layer(configurable('convTranspose1d', (options: ConvTransposeOptions) => new ConvTranspose1d(options), transposed)),
    layer(configurable('convTranspose2d', (options: ConvTransposeOptions) => new ConvTranspose2d(options), transposed)),
    layer(configurable('convTranspose3d', (options: ConvTransposeOptions) => new ConvTranspose3d(options), transposed)),
    layer(
      configurable('separableConv2d', (options: SeparableConv2dOptions) => new SeparableConv2d(options), {
        in: 'integer',
        out: 'integer',
        ...windows,
        padding: 'any',
        paddingMode: 'string',
        bias: 'boolean',
        multiplier: 'integer',
      }),
    ),
    layer(configurable('batchNorm1d', (options: BatchNormOptions) => new BatchNorm1d(options), norm)),
    layer(configurable('batchNorm2d', (options: BatchNormOptions) => new BatchNorm2d(options), norm)),
    layer(configurable('batchNorm3d', (options: BatchNormOptions) => new BatchNorm3d(options), norm)),
    layer(configurable('instanceNorm1d', (options: BatchNormOptions) => new InstanceNorm1d(options), norm)),
    layer(configurable('instanceNorm2d', (options: BatchNormOptions) => new InstanceNorm2d(options), norm)),
    layer(configurable('instanceNorm3d', (options: BatchNormOptions) => new InstanceNorm3d(options), norm)),
    layer(
      configurable('groupNorm', (options: GroupNormOptions) => new GroupNorm(options), {
        groups: 'integer',
        features: 'integer',
        epsilon: 'number',
        affine: 'boolean',
      }),
    ),
    layer(
      configurable('layerNorm', (options: LayerNormOptions) => new LayerNorm(options), {
        features: 'number or numbers',
        epsilon: 'number',
        affine: 'boolean',
      }),
    ),
    layer(
      configurable('rmsNorm', (options: LayerNormOptions) => new RMSNorm(options), {
        features: 'number or numbers',
        epsilon: 'number',
        affine: 'boolean',
      }),
    ),
    layer(
      configurable('embedding', (options: EmbeddingOptions) => new Embedding(options), {
        count: 'integer',
        features: 'integer',
        paddingIndex: 'integer',
        initializer: 'function',
      }),
    ),
    layer(
      configurable(
        'sinusoidalPositionalEncoding',
        (options: SinusoidalPositionalEncodingOptions) => new SinusoidalPositionalEncoding(options),
        { features: 'integer', period: 'number' },
      ),
    ),
    layer(
      configurable(
        'learnedPositionalEncoding',
        (options: LearnedPositionalEncodingOptions) => new LearnedPositionalEncoding(options),
        { count: 'integer', features: 'integer', initializer: 'function' },
      ),
    ),
    layer(configurable('rnn', (options: RNNOptions) => new RNN(options), { ...recurrent, nonlinearity: 'string' })),
    layer(configurable('gru', (options: RecurrentOptions) => new GRU(options), recurrent)),
    layer(configurable('lstm', (options: RecurrentOptions) => new LSTM(options), recurrent)),
    layer(
      configurable(
        'multiheadAttention',
        (options: MultiheadAttentionOptions) => new MultiheadAttention(options),
        attention,
      ),
    ),
    layer(
      configurable(
        'transformerEncoderLayer',
        (options: TransformerEncoderLayerOptions) => new TransformerEncoderLayer(options),
        encoder,
      ),
    ),
    layer(
      configurable('transformerEncoder', (options: TransformerEncoderOptions) => new TransformerEncoder(options), {
        ...encoder,
        numLayers: 'integer',
        norm: 'boolean',
      }),
    ),
    layer(configurable('maxPool1d', (options: PoolOptions) => new MaxPool1d(options), pooling)),
    layer(configurable('maxPool2d', (options: PoolOptions) => new MaxPool2d(options), pooling)),
    layer(configurable('maxPool3d', (options: PoolOptions) => new MaxPool3d(options), pooling)),
    layer(
      configurable('avgPool1d', (options: AvgPoolOptions) => new AvgPool1d(options), {
        ...pooling,
        countIncludePad: 'boolean',
      }),
    ),
    layer(
      configurable('avgPool2d', (options: AvgPoolOptions) => new AvgPool2d(options), {
        ...pooling,
        countIncludePad: 'boolean',
      }),
    ),
    layer(
      configurable('avgPool3d', (options: AvgPoolOptions) => new AvgPool3d(options), {
        ...pooling,
        countIncludePad: 'boolean',
      }),
    ),
    layer(
      configurable('lpPool1d', (options: LpPoolOptions) => new LPPool1d(options), {
        kernel: 'number or numbers',
        stride: 'number or numbers',
        ceilMode: 'boolean',
        p: 'number',
      }),
    ),
    layer(
      configurable('lpPool2d', (options: LpPoolOptions) => new LPPool2d(options), {
        kernel: 'number or numbers',
        stride: 'number or numbers',
        ceilMode: 'boolean',
        p: 'number',
      }),
    ),
    layer(
      configurable('adaptiveAvgPool1d', (options: AdaptivePoolOptions) => new AdaptiveAvgPool1d(options), {
        size: 'any',
      }),
    ),
    layer(
      configurable('adaptiveAvgPool2d', (options: AdaptivePoolOptions) => new AdaptiveAvgPool2d(options), {
        size: 'any',
      }),
    ),
    layer(
      configurable('adaptiveAvgPool3d', (options: AdaptivePoolOptions) => new AdaptiveAvgPool3d(options), {
        size: 'any',
      }),
    ),
    layer(
      configurable('adaptiveMaxPool1d', (options: AdaptivePoolOptions) => new AdaptiveMaxPool1d(options), {
        size: 'any',
      }),
    ),
    layer(
      configurable('adaptiveMaxPool2d', (options: AdaptivePoolOptions) => new AdaptiveMaxPool2d(options), {
        size: 'any',
      }),
    ),
    layer(
      configurable('adaptiveMaxPool3d', (options: AdaptivePoolOptions) => new AdaptiveMaxPool3d(options), {
        size: 'any',
      }),
    ),
    layer(
      configurable(
        'adaptiveConcatPool2d',
        (options: Partial<AdaptivePoolOptions>) => new AdaptiveConcatPool2d(options),
        { size: 'any' },
      ),
    ),
    layer(configurable('globalAvgPool', () => new GlobalAvgPool(), {})),
    layer(configurable('globalMaxPool', () => new GlobalMaxPool(), {})),
    layer(configurable('relu', () => new ReLU(), {})),
    layer(configurable('relu6', () => new ReLU6(), {})),
    layer(configurable('silu', () => new SiLU(), {})),
    layer(configurable('sigmoid', () => new Sigmoid(), {})),
    layer(configurable('tanh', () => new Tanh(), {})),
    layer(configurable('hardswish', () => new Hardswish(), {})),
    layer(configurable('hardsigmoid', () => new Hardsigmoid(), {})),
    layer(configurable('selu', () => new SELU(), {})),
    layer(configurable('softsign', () => new Softsign(), {})),
    layer(configurable('mish', () => new Mish(), {})),
    layer(configurable('logSigmoid', () => new LogSigmoid(), {})),
    layer(configurable('tanhshrink', () => new Tanhshrink(), {})),
    layer(configurable('gelu', (options: Options<typeof GELU>) => new GELU(options), { approximate: 'string' })),
    layer(
      configurable('leakyRelu', (options: Options<typeof LeakyReLU>) => new LeakyReLU(options), {
        negativeSlope: 'number',
      }),
    ),
    layer(configurable('elu', (options: Options<typeof ELU>) => new ELU(options), { alpha: 'number' })),
    layer(configurable('celu', (options: Options<typeof CELU>) => new CELU(options), { alpha: 'number' })),
    layer(configurable('softplus', (options: Options<typeof Softplus>) => new Softplus(options), { beta: 'number' })),
    layer(
      configurable('hardtanh', (options: Options<typeof Hardtanh>) => new Hardtanh(options), {
        min: 'number',
        max: 'number',
      }),
    ),
    layer(
      configurable('softshrink', (options: Options<typeof Softshrink>) => new Softshrink(options), {
        lambda: 'number',
      }),
    ),
    layer(
      configurable('hardshrink', (options: Options<typeof Hardshrink>) => new Hardshrink(options), {
        lambda: 'number',
      }),
    ),
    layer(
      configurable('threshold', (options: Options<typeof Threshold>) => new Threshold(options), {
        threshold: 'number',
        value: 'number',
      }),
    ),
    layer(configurable('glu', (options: Options<typeof GLU>) => new GLU(options), { axis: 'integer' })),
    layer(configurable('softmax', (options: Options<typeof Softmax>) => new Softmax(options), { axis: 'integer' })),
    layer(configurable('softmin', (options: Options<typeof Softmin>) => new Softmin(options), { axis: 'integer' })),
    layer(
      configurable('logSoftmax', (options: Options<typeof LogSoftmax>) => new LogSoftmax(options), { axis: 'integer' }),
    ),
    layer(
      configurable('prelu', (options: PReLUOptions) => new PReLU(options), { features: 'integer', init: 'number' }),
    ),
    layer(configurable('dropout', (options: DropoutOptions) => new Dropout(options), { probability: 'number' })),
    layer(configurable('dropout2d', (options: DropoutOptions) => new Dropout2d(options), { probability: 'number' })),
    layer(
      configurable('alphaDropout', (options: DropoutOptions) => new AlphaDropout(options), { probability: 'number' }),
    ),
    layer(configurable('dropPath', (options: DropoutOptions) => new DropPath(options), { probability: 'number' })),
    layer(
      configurable('upsample', (options: UpsampleOptions) => new Upsample(options), {
        size: 'number or numbers',
        scaleFactor: 'number or numbers',
        mode: 'string',
        alignCorners: 'boolean',
      }),
    ),
    layer(
      configurable('pixelShuffle', (options: PixelShuffleOptions) => new PixelShuffle(options), { factor: 'number' }),
    ),
    layer(
      configurable('pixelUnshuffle', (options: PixelShuffleOptions) => new PixelUnshuffle(options), {
        factor: 'number',
      }),
    ),
    layer(configurable('zeroPad1d', (options: PadOptions) => new ZeroPad1d(options), { padding: 'number or numbers' })),
    layer(configurable('zeroPad2d', (options: PadOptions) => new ZeroPad2d(options), { padding: 'number or numbers' })),
    layer(configurable('zeroPad3d', (options: PadOptions) => new ZeroPad3d(options), { padding: 'number or numbers' })),
    layer(
      configurable('reflectionPad1d', (options: PadOptions) => new ReflectionPad1d(options), {
        padding: 'number or numbers',
      }),
    ),
    layer(
      configurable('reflectionPad2d', (options: PadOptions) => new ReflectionPad2d(options), {
        padding: 'number or numbers',
      }),
    ),
    layer(
      configurable('reflectionPad3d', (options: PadOptions) => new ReflectionPad3d(options), {
        padding: 'number or numbers',
      }),
    ),
    layer(
      configurable('replicationPad1d', (options: PadOptions) => new ReplicationPad1d(options), {
        padding: 'number or numbers',
      }),
    ),
    layer(
      configurable('replicationPad2d', (options: PadOptions) => new ReplicationPad2d(options), {
        padding: 'number or numbers',
      }),
    ),
    layer(
      configurable('replicationPad3d', (options: PadOptions) => new ReplicationPad3d(options), {
        padding: 'number or numbers',
      }),
    ),
    layer(configurable('flatten', (options: Options<typeof Flatten>) => new Flatten(options), { start: 'number' })),
    layer(
      configurable('unflatten', (options: UnflattenOptions) => new Unflatten(options), {
        axis: 'integer',
        sizes: 'numbers',
      }),
    ),
    layer(configurable('identity', () => new Identity(), {})),
    initializer(
      configurable('constant', ({ value }: { readonly value: number }) => constant(value), { value: 'number' }),
    ),
    initializer(
      configurable('uniform', ({ low, high }: { readonly low: number; readonly high: number }) => uniform(low, high), {
        low: 'number',
        high: 'number',
      }),
    ),
    initializer(
      configurable('normal', ({ deviation, mean }: Spread) => normal(deviation, mean), {
        deviation: 'number',
        mean: 'number',
      }),
    ),
    initializer(
      configurable('truncatedNormal', ({ deviation, mean }: Spread) => truncatedNormal(deviation, mean), {
        deviation: 'number',
        mean: 'number',
      }),
    ),
    initializer(configurable('glorotUniform', ({ gain }: Gain) => glorotUniform(gain), { gain: 'number' })),
    initializer(configurable('glorotNormal', ({ gain }: Gain) => glorotNormal(gain), { gain: 'number' })),
    initializer(configurable('heUniform', ({ fan }: Fan) => heUniform(fan), { fan: 'string' })),
    initializer(configurable('heNormal', ({ fan }: Fan) => heNormal(fan), { fan: 'string' })),
    initializer(configurable('lecunUniform', () => lecunUniform(), {})),
    initializer(configurable('lecunNormal', () => lecunNormal(), {})),
    initializer(configurable('orthogonal', ({ gain }: Gain) => orthogonal(gain), { gain: 'number' })),
    initializer(
      configurable('dirac', ({ groups }: { readonly groups?: number }) => dirac(groups), { groups: 'integer' }),
    ),
    initializer(
      configurable('classPriors', ({ counts }: { readonly counts: readonly number[] }) => classPriors(counts), {
        counts: 'numbers',
      }),
    ),
    loss(
      configurable('crossEntropy', crossEntropy, {
        weights: 'numbers',
        labelSmoothing: 'number',
        ignoreIndex: 'integer',
      }),
    ),
    loss(
      configurable('binaryCrossEntropyWithLogits', binaryCrossEntropyWithLogits, { posWeight: 'number or numbers' }),
    ),
    loss(configurable('focal', focal, { gamma: 'number', weights: 'numbers' })),
    loss(configurable('binaryFocal', binaryFocal, { gamma: 'number', alpha: 'number' })),
    loss(configurable('dice', dice, { smooth: 'number' })),
    loss(configurable('jaccard', jaccard, { smooth: 'number' })),
    loss(configurable('ctc', ctc, { blank: 'integer', zeroInfinity: 'boolean' })),
    loss(configurable('meanSquaredError', meanSquaredError, {})),
    loss(configurable('l1', l1, {})),
    loss(configurable('huber', huber, { delta: 'number' })),
    loss(configurable('smoothL1', smoothL1, { beta: 'number' })),
    loss(configurable('logCosh', logCosh, {})),
    loss(configurable('klDivergence', klDivergence, {})),
    loss(configurable('distillation', distillation, { temperature: 'number', alpha: 'number' })),
    loss(configurable('cosineEmbedding', cosineEmbedding, { margin: 'number' })),
    loss(configurable('contrastive', contrastive, { margin: 'number' })),
    loss(configurable('triplet', triplet, { margin: 'number' })),
    loss(configurable('infoNce', infoNce, { temperature: 'number' })),
    loss(configurable('multiMargin', multiMargin, { margin: 'number', squared: 'boolean', weights: 'numbers' })),
    loss(configurable('hinge', hinge, { margin: 'number', squared: 'boolean' })),
  ],
});
export default plugin;
