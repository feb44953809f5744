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
  type FeatureSample,
} from './features.ts';
export { fineTune, type FineTuneOptions, type GradualOptions, unfreezeGradually } from './fine-tune.ts';
export { changedSince, type FrozenDigests, frozenDigests, unfreezeLast } from './frozen.ts';
export { gradCam } from './grad-cam.ts';
export { head, type HeadOptions, type HeadType, linearHead, startAtPriors } from './head.ts';
export { lora, LoraModule, type LoraOptions } from './lora.ts';
export { mlpHead, type MlpHeadOptions } from './mlp-head.ts';
export { fitLinear, type FitLinearOptions, type LinearData, type LinearFit, type TriedStrength } from './fit-linear.ts';
export { fitHead, type FitHeadOptions, type FittedHead, type HeadFit } from './fit-head.ts';
export { type HeadFeatures, headFeatures, type HeadFeaturesOptions } from './head-features.ts';
export { linearParts, type LinearParts } from './linear-parts.ts';
export type { Link } from './link.ts';
export { nearestNeighbours, type NearestNeighboursOptions } from './nearest-neighbours.ts';
export type { BatchLoader } from './batch-loader.ts';
export { NeighbourDistance, type NeighbourDistanceOptions } from './neighbour-distance.ts';
export {
  gradedGroups,
  type OptimizerPlan,
  type PhaseOptions,
  type Policy,
  trainHead,
  trainHeadOnFeatures,
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
export { isRejected, type RejectionScore, type RejectionThresholds, rejectionThresholds } from './rejection.ts';
export { inUnitsOf, Rescaling, type RescalingOptions, standardisation } from './rescaling.ts';
export { freeze, type ParameterSelection, selectParameters, unfreeze } from './select-parameters.ts';
export { sequentialHead, type SequentialHeadOptions } from './sequential-head.ts';
export { taughtBy } from './taught-by.ts';
export { tokenEvidence } from './token-evidence.ts';
export { TransferModel } from './transfer-model.ts';
