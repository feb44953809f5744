export { callback, type Callback, type CallbackType, type TrainEvent, type TrainWork } from './callback.ts';
export {
  type CheckpointParts,
  type CheckpointState,
  loadCheckpoint,
  saveCheckpoint,
  type SaveOptions,
} from './checkpoint.ts';
export { evaluate, type EvaluateOptions } from './evaluate.ts';
export { findLearningRate, type FindLearningRateOptions, type FoundLearningRate } from './find-learning-rate.ts';
export { fit, type FitOptions, type FitResult } from './fit.ts';
export type { RateCurve, SuggestedRates } from './suggest-rates.ts';
export { metric, type Metric, type MetricType, type Outputs, type RunningMetric } from './metric.ts';
export { accuracy } from './metrics/accuracy.ts';
export { balancedAccuracy } from './metrics/balanced-accuracy.ts';
export {
  type Boxes,
  BoxPrecision,
  type BoxPrecisionOptions,
  type BoxPrecisionResult,
  type Detections,
} from './metrics/box-precision.ts';
export { Calibration, expectedCalibrationError, type ReliabilityBin } from './metrics/calibration.ts';
export {
  classReport,
  type ClassReport,
  type ClassReportRow,
  describeClassReport,
  worstClasses,
} from './metrics/class-report.ts';
export {
  type Average,
  type ClassScoreOptions,
  f1,
  meanDice,
  meanIou,
  precision,
  recall,
} from './metrics/class-scores.ts';
export { bestOf, type ClassScores, ConfusionMatrix } from './metrics/confusion-matrix.ts';
export { exactMatch, type LabelScore, LabelScores, meanAveragePrecision, multiLabelF1 } from './metrics/multi-label.ts';
export { averagePrecision, rocAuc } from './metrics/ranking.ts';
export { meanAbsoluteError, meanAbsolutePercentageError, r2, rootMeanSquaredError } from './metrics/regression.ts';
export { cutmix, mixup, type MixOptions } from './mixed-batches.ts';
export { default as trainPlugin } from './plugin.ts';
export { predict } from './predict.ts';
export {
  backendOf,
  type InputOf,
  type LabelledBatch,
  preparation,
  type PreparationType,
  type Prepare,
  prepareBatch,
  samplesIn,
  targetOf,
} from './prepare.ts';
export { isMidEpoch, resumeRun, type RunPlace, saveRun } from './run-place.ts';
export {
  applyGradients,
  type GradientOptions,
  gradients,
  type Reduce,
  type StepGradients,
  trainStep,
  type TrainStepOptions,
} from './train-step.ts';
export { type EpochLog, type TrainState, validationName } from './train-state.ts';
export { consoleWarnings, type OnWarning, type TrainWarning } from './warning.ts';
