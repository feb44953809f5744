export { ChannelsFirst } from './channels-first.ts';
export { InBatches, type InBatchesOptions } from './in-batches.ts';
export { checkFrozen } from './check-frozen.ts';
export { concatPoolHead, type ConcatPoolHeadOptions } from './concat-pool-head.ts';
export {
  type ExtractOptions,
  extractFeatures,
  type FeatureLoader,
  featureLoader,
  type FeatureLoaderOptions,
  type Features,
} from './features.ts';
export { fineTune, type FineTuneOptions, type GradualOptions, unfreezeGradually } from './fine-tune.ts';
export { changedSince, type FrozenDigests, frozenDigests, unfreezeLast } from './frozen.ts';
export { gradCam } from './grad-cam.ts';
export { head, type HeadOptions, type HeadType, linearHead, startAtPriors } from './head.ts';
export { lora, LoraModule, type LoraOptions } from './lora.ts';
export { mlpHead, type MlpHeadOptions } from './mlp-head.ts';
export {
  type BatchLoader,
  gradedGroups,
  type OptimizerPlan,
  type PhaseOptions,
  type Policy,
  trainHead,
  type TrainHeadOptions,
  trainUnfrozen,
  type TrainUnfrozenOptions,
} from './phases.ts';
export { pseudoLabelled, type PseudoLabel, pseudoLabels } from './pseudo-labels.ts';
export {
  type FeaturePooling,
  featurePooling,
  PoolFeatures,
  type PoolFeaturesOptions,
  type SequencePooling,
} from './pool-features.ts';
export { PooledSequence, type PooledSequenceOptions } from './pooled-sequence.ts';
export { default as transferPlugin } from './plugin.ts';
export { inUnitsOf, Rescaling, type RescalingOptions, standardisation } from './rescaling.ts';
export { freeze, type ParameterSelection, selectParameters, unfreeze } from './select-parameters.ts';
export { sequentialHead, type SequentialHeadOptions } from './sequential-head.ts';
export { taughtBy } from './taught-by.ts';
export { TransferModel } from './transfer-model.ts';
