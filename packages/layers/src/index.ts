export { adaptFilters } from './adapt-filters.ts';
export { checkInitialised } from './check-initialised.ts';
export { checkNumerics } from './check-numerics.ts';
export { compile, type CompiledModule } from './compile.ts';
export { forward, namesReadBy } from './forward.ts';
export { GraphModule, type GraphModuleOptions, type GraphNode } from './graph-module.ts';
export {
  classPriors,
  constant,
  dirac,
  fans,
  glorotNormal,
  glorotUniform,
  heNormal,
  heUniform,
  type Initializer,
  lecunNormal,
  lecunUniform,
  normal,
  orthogonal,
  torchUniform,
  truncatedNormal,
  uniform,
} from './initializers.ts';
export { type AnyModule, type Inputs, type ModuleInput, tensorsOf } from './inputs.ts';
export { initializer, type InitializerType, layer, type LayerType } from './layer.ts';
export {
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
export {
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
export {
  BatchNorm1d,
  BatchNorm2d,
  BatchNorm3d,
  type BatchNormOptions,
  type BatchNormParameters,
  ChannelNorm,
  normalizeBatch,
} from './layers/batch-norm.ts';
export { Checkpoint } from './layers/checkpoint.ts';
export { Identity, Lambda, Residual } from './layers/composition.ts';
export {
  ConvTranspose1d,
  ConvTranspose2d,
  ConvTranspose3d,
  type ConvTransposeOptions,
} from './layers/conv-transpose.ts';
export { Conv1d, Conv2d, Conv3d, type ConvOptions } from './layers/convolution.ts';
export { AlphaDropout, DropPath, Dropout, Dropout2d, type DropoutOptions } from './layers/dropout.ts';
export { Embedding, type EmbeddingOptions } from './layers/embedding.ts';
export { GroupNorm, type GroupNormOptions } from './layers/group-norm.ts';
export { InstanceNorm1d, InstanceNorm2d, InstanceNorm3d } from './layers/instance-norm.ts';
export { LayerNorm, type LayerNormOptions } from './layers/layer-norm.ts';
export { Linear, type LinearOptions } from './layers/linear.ts';
export {
  type AttentionMasks,
  MultiheadAttention,
  type MultiheadAttentionOptions,
} from './layers/multihead-attention.ts';
export {
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
export { PixelShuffle, type PixelShuffleOptions, PixelUnshuffle } from './layers/pixel-shuffle.ts';
export {
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
export {
  LearnedPositionalEncoding,
  type LearnedPositionalEncodingOptions,
  SinusoidalPositionalEncoding,
  type SinusoidalPositionalEncodingOptions,
} from './layers/positional-encoding.ts';
export { PReLU, type PReLUOptions } from './layers/prelu.ts';
export { GRU, LSTM, type RecurrentOptions, RNN, type RNNOptions, type Sequence } from './layers/recurrent.ts';
export { RMSNorm } from './layers/rms-norm.ts';
export { SeparableConv2d, type SeparableConv2dOptions } from './layers/separable-conv2d.ts';
export { Sequential } from './layers/sequential.ts';
export { Flatten, Unflatten, type UnflattenOptions } from './layers/shape.ts';
export type { PerDimension, WindowOptions } from './layers/sliding-windows.ts';
export {
  TransformerEncoder,
  TransformerEncoderLayer,
  type TransformerEncoderLayerOptions,
  type TransformerEncoderOptions,
} from './layers/transformer-encoder.ts';
export { Upsample, type UpsampleOptions } from './layers/upsample.ts';
export { loss, type Loss, type LossType } from './loss.ts';
export {
  binaryCrossEntropyWithLogits,
  type BinaryCrossEntropyOptions,
} from './losses/binary-cross-entropy-with-logits.ts';
export { binaryFocal, type BinaryFocalOptions } from './losses/binary-focal.ts';
export { contrastive, type ContrastiveOptions } from './losses/contrastive.ts';
export { cosineEmbedding, type CosineEmbeddingOptions } from './losses/cosine-embedding.ts';
export { crossEntropy, type CrossEntropyOptions } from './losses/cross-entropy.ts';
export { ctc, type CtcOptions } from './losses/ctc.ts';
export { dice, type OverlapOptions } from './losses/dice.ts';
export { distillation, type DistillationOptions, distillationTarget } from './losses/distillation.ts';
export { focal, type FocalOptions } from './losses/focal.ts';
export { hinge, type HingeOptions } from './losses/hinge.ts';
export { huber, type HuberOptions } from './losses/huber.ts';
export { infoNce, type InfoNceOptions } from './losses/info-nce.ts';
export { jaccard } from './losses/jaccard.ts';
export { klDivergence } from './losses/kl-divergence.ts';
export { l1 } from './losses/l1.ts';
export { logCosh } from './losses/log-cosh.ts';
export { meanSquaredError } from './losses/mean-squared-error.ts';
export { multiMargin, type MultiMarginOptions } from './losses/multi-margin.ts';
export {
  elasticPenalty,
  l1Penalty,
  l2Penalty,
  type Penalty,
  type PenaltyOptions,
  withPenalty,
} from './losses/penalties.ts';
export { smoothL1, type SmoothL1Options } from './losses/smooth-l1.ts';
export { triplet, type TripletOptions } from './losses/triplet.ts';
export { type LayerGroup, Module } from './module.ts';
export { bufferOf, initialise, weight, withoutDrawing } from './parameters.ts';
export { default as layersPlugin } from './plugin.ts';
export { onHost } from './on-host.ts';
export { inference, type Run, TrainingRun } from './run.ts';
export { decodeSafetensors, encodeSafetensors } from './safetensors.ts';
export { formatSummary, type ModelSummary, summary, type SummaryCounts, type SummaryRow } from './summary.ts';
export {
  type LayerReport,
  type LayerRow,
  type ParameterRow,
  type Statistics,
  statisticsOf,
  type WatchedLayers,
  watchLayers,
} from './watch-layers.ts';
export { type InputSpecs, traceModule } from './trace-module.ts';
export { castWeights, loadWeights, weightsOf } from './weights.ts';
export { withValues } from './with-values.ts';
