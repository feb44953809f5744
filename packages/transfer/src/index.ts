export { concatPoolHead, type ConcatPoolHeadOptions } from './concat-pool-head.ts';
export { type ExtractOptions, extractFeatures, type FeatureLoader, featureLoader, type FeatureLoaderOptions, type Features } from './features.ts';
export { type BatchLoader, type PhaseOptions, trainHead, type TrainHeadOptions, trainUnfrozen, type TrainUnfrozenOptions } from './fine-tune.ts';
export { changedSince, type FrozenDigests, frozenDigests, unfreezeLast } from './frozen.ts';
export { head, type HeadOptions, type HeadType, linearHead, startAtPriors } from './head.ts';
export { mlpHead, type MlpHeadOptions } from './mlp-head.ts';
export { default as transferPlugin } from './plugin.ts';
export { freeze, type ParameterSelection, selectParameters, unfreeze } from './select-parameters.ts';
export { TransferModel } from './transfer-model.ts';
