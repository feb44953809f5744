export { type WeightsFile } from './architecture-network.ts';
export { type Backbone, openBackbone } from './backbone.ts';
export { type ComparedRun, compareRuns, type RunComparison } from './compare-runs.ts';
export { type CrossValidation } from './cross-validate.ts';
export { describeCard } from './describe-card.ts';
export { describeComparison } from './describe-comparison.ts';
export { describeDiagnosis } from './describe-diagnosis.ts';
export { foldsText } from './describe-folds.ts';
export { describeNetwork } from './describe-network.ts';
export { describeQuantization } from './describe-quantization.ts';
export { describeRate } from './describe-rate.ts';
export { describeRecommendation } from './describe-recommendation.ts';
export { describeRun } from './describe-run.ts';
export { type DiagnoseOptions, type Diagnosis, diagnose } from './diagnose.ts';
export { type CostEstimate, estimateRun, type RunEstimate } from './estimate-run.ts';
export { type FindRateOptions, findRate } from './find-rate.ts';
export {
  finetune,
  type FinetuneOptions,
  type FinetuneResult,
  type ResumeOptions,
  resumeRun,
  type RunContext,
} from './finetune.ts';
export {
  type OpenedRun,
  openRun,
  type OpenRunContext,
  type PredictOptions,
  type QuantizedModel,
  type RunEvaluation,
  type RunPrediction,
} from './open-run.ts';
export { evaluatedExamples } from './evaluated-examples.ts';
export { exportModel } from './export-model.ts';
export { inspectNetwork, type InspectNetworkOptions, type NetworkReport } from './inspect-network.ts';
export { openNetwork } from './open-network.ts';
export type { Job } from './job.ts';
export { type PreviewOptions, previewTransforms, type TransformPreview } from './preview-transforms.ts';
export type { Learner, PreparedRun } from './prepared-run.ts';
export { type ArtifactContent, type RunArtifact, runArtifact } from './run-artifact.ts';
export { withFlags } from './with-flags.ts';
export { readingOf } from './reading-of.ts';
export { openData, type RunData, type RunExample } from './run-data.ts';
export { type RunEvent, type RunListener, type RunWarning } from './run-event.ts';
export { RunFiles } from './run-files.ts';
export {
  type Configured,
  defaultOptions,
  withDefaults,
  isConfigured,
  parseRunOptions,
  type RunOptions,
} from './run-options.ts';
export { type MeasuredModel, type Recommendation, recommendModel, type RecommendOptions } from './recommend-model.ts';
export { runObjective } from './run-objective.ts';
export { featureStores, type Fold, type PhaseCallbacks, type PhaseInfo, type TrainedPhase } from './run-phases.ts';
export { RunProgress, Stopped } from './run-progress.ts';
export { type RunRecord } from './run-record.ts';
export {
  type Communicator,
  communicator,
  type ModelInput,
  modelOpener,
  type OpenModelContext,
  logger,
  signalService,
  type WeightsInput,
  weightsOpener,
} from './services.ts';
export { type StoredSummary, type Summary } from './summary.ts';
export { type Trial } from './trial.ts';
export { type WantedPlugin } from './wanted-plugins.ts';
export type { HeldOutPrediction } from './held-out-predictions.ts';
export type { ScoreDifference } from './score-difference.ts';
export type { RejectionSummary } from './unknown-inputs.ts';
export { shellWord } from './shell-word.ts';
export type { WorkContext } from './work.ts';
