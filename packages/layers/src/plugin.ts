import { apiVersion, configurable, definePlugin, type Plugin } from '@graft/plugin';
import { constant, glorotUniform, heNormal, normal, truncatedNormal, uniform } from './initializers.ts';
import { initializer, layer } from './layer.ts';
import { GELU, Hardsigmoid, Hardswish, LeakyReLU, ReLU, ReLU6, Sigmoid, SiLU, Softmax, Tanh } from './layers/activations.ts';
import { BatchNorm2d, type BatchNormOptions } from './layers/batch-norm2d.ts';
import { Conv2d, type Conv2dOptions } from './layers/conv2d.ts';
import { Dropout } from './layers/dropout.ts';
import { Embedding } from './layers/embedding.ts';
import { LayerNorm } from './layers/layer-norm.ts';
import { Linear, type LinearOptions } from './layers/linear.ts';
import { MultiheadAttention, type MultiheadAttentionOptions } from './layers/multihead-attention.ts';
import { AvgPool2d, Flatten, GlobalAvgPool, MaxPool2d } from './layers/pooling.ts';
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

type Pool = ConstructorParameters<typeof MaxPool2d>[0];

const plugin: Plugin = definePlugin({
  name: '@graft/layers',
  apiVersion,
  contributes: [
    layer({ name: 'linear', create: (options: LinearOptions) => new Linear(options) }),
    layer({ name: 'conv2d', create: (options: Conv2dOptions) => new Conv2d(options) }),
    layer({ name: 'batchNorm2d', create: (options: BatchNormOptions) => new BatchNorm2d(options) }),
    layer({ name: 'dropout', create: (options: { probability?: number }) => new Dropout(options) }),
    layer({ name: 'layerNorm', create: (options: { features: number | readonly number[]; epsilon?: number }) => new LayerNorm(options) }),
    layer({ name: 'embedding', create: (options: { count: number; features: number }) => new Embedding(options) }),
    layer({ name: 'multiheadAttention', create: (options: MultiheadAttentionOptions) => new MultiheadAttention(options) }),
    layer({ name: 'maxPool2d', create: (options: Pool) => new MaxPool2d(options) }),
    layer({ name: 'avgPool2d', create: (options: Pool) => new AvgPool2d(options) }),
    layer({ name: 'globalAvgPool', create: () => new GlobalAvgPool() }),
    layer({ name: 'flatten', create: () => new Flatten() }),
    layer({ name: 'relu', create: () => new ReLU() }),
    layer({ name: 'relu6', create: () => new ReLU6() }),
    layer({ name: 'gelu', create: () => new GELU() }),
    layer({ name: 'silu', create: () => new SiLU() }),
    layer({ name: 'sigmoid', create: () => new Sigmoid() }),
    layer({ name: 'tanh', create: () => new Tanh() }),
    layer({ name: 'hardswish', create: () => new Hardswish() }),
    layer({ name: 'hardsigmoid', create: () => new Hardsigmoid() }),
    layer({ name: 'leakyRelu', create: () => new LeakyReLU() }),
    layer({ name: 'softmax', create: () => new Softmax() }),
    initializer({ name: 'constant', create: ({ value }: { value: number }) => constant(value) }),
    initializer({ name: 'uniform', create: ({ low, high }: { low: number; high: number }) => uniform(low, high) }),
    initializer({ name: 'normal', create: ({ deviation, mean }: { deviation?: number; mean?: number }) => normal(deviation, mean) }),
    initializer({ name: 'truncatedNormal', create: ({ deviation, mean }: { deviation?: number; mean?: number }) => truncatedNormal(deviation, mean) }),
    initializer({ name: 'glorotUniform', create: ({ gain }: { gain?: number }) => glorotUniform(gain) }),
    initializer({ name: 'heNormal', create: ({ fan }: { fan?: 'fanIn' | 'fanOut' }) => heNormal(fan) }),
    loss(configurable('crossEntropy', crossEntropy, ['weights', 'labelSmoothing', 'ignoreIndex'])),
    loss(configurable('binaryCrossEntropyWithLogits', binaryCrossEntropyWithLogits, ['posWeight'])),
    loss(configurable('focal', focal, ['gamma', 'weights'])),
    loss(configurable('binaryFocal', binaryFocal, ['gamma', 'alpha'])),
    loss(configurable('dice', dice, ['smooth'])),
    loss(configurable('jaccard', jaccard, ['smooth'])),
    loss(configurable('ctc', ctc, ['blank', 'zeroInfinity'])),
    loss(configurable('meanSquaredError', meanSquaredError, [])),
    loss(configurable('l1', l1, [])),
    loss(configurable('huber', huber, ['delta'])),
    loss(configurable('smoothL1', smoothL1, ['beta'])),
    loss(configurable('logCosh', logCosh, [])),
    loss(configurable('klDivergence', klDivergence, [])),
    loss(configurable('distillation', distillation, ['temperature', 'alpha'])),
    loss(configurable('cosineEmbedding', cosineEmbedding, ['margin'])),
    loss(configurable('contrastive', contrastive, ['margin'])),
    loss(configurable('triplet', triplet, ['margin'])),
    loss(configurable('infoNce', infoNce, ['temperature'])),
    loss(configurable('multiMargin', multiMargin, ['margin', 'squared', 'weights'])),
    loss(configurable('hinge', hinge, ['margin', 'squared'])),
  ],
});
export default plugin;
