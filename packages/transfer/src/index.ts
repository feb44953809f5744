export { type ExtractOptions, extractFeatures, type FeatureLoader, featureLoader, type FeatureLoaderOptions, type Features } from './features.ts';
export { type BatchLoader, type OptimizerPlan, type PhaseOptions, trainHead, type TrainHeadOptions, trainUnfrozen, type TrainUnfrozenOptions } from './fine-tune.ts';
export { changedSince, type FrozenDigests, frozenDigests, unfreezeLast } from './frozen.ts';
export { head, type HeadOptions, type HeadType, linearHead, startAtPriors } from './head.ts';
export { default as transferPlugin } from './plugin.ts';
export { TransferModel } from './transfer-model.ts';
