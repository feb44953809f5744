export {
  chain,
  type GradientTransform,
  type Part,
  type Slot,
  stateless,
  type TransformState,
  zerosFor,
} from './gradient-transform.ts';
export {
  type Learners,
  Optimizer,
  optimizer,
  type OptimizerType,
  type ParameterGroup,
  withoutDecayOnVectors,
} from './optimizer.ts';
export {
  adadelta,
  adagrad,
  adam,
  adamax,
  adamW,
  type AdamWOptions,
  lamb,
  lars,
  lion,
  muon,
  type MuonOptions,
  nadam,
  type OptimizerOptions,
  radam,
  rmsprop,
  sgd,
  type SgdOptions,
} from './optimizers.ts';
export { default as optimizersPlugin } from './plugin.ts';
export { ReduceOnPlateau, reduceOnPlateau, type ReduceOnPlateauOptions } from './reduce-on-plateau.ts';
export { asSchedule, schedule, type Schedule, type ScheduleType } from './schedule.ts';
export {
  constant,
  cosine,
  cosineRestarts,
  exponential,
  inTurn,
  inverseTime,
  layerWiseDecay,
  linear,
  multiStep,
  oneCycle,
  oneCycleMomentum,
  type OneCycleOptions,
  polynomial,
  stepDecay,
  warmUp,
} from './schedules.ts';
export { accumulate } from './transforms/accumulate.ts';
export { addDecayedWeights } from './transforms/add-decayed-weights.ts';
export { clipByGlobalNorm } from './transforms/clip-by-global-norm.ts';
export { clipByNorm } from './transforms/clip-by-norm.ts';
export { clipByValue } from './transforms/clip-by-value.ts';
export { keepMaxNorm } from './transforms/keep-max-norm.ts';
export { lookahead, type LookaheadOptions } from './transforms/lookahead.ts';
export { momentum } from './transforms/momentum.ts';
export { orthogonalize } from './transforms/orthogonalize.ts';
export { type AdadeltaOptions, scaleByAdadelta } from './transforms/scale-by-adadelta.ts';
export { type AdagradOptions, scaleByAdagrad } from './transforms/scale-by-adagrad.ts';
export { type AdamOptions, scaleByAdam } from './transforms/scale-by-adam.ts';
export { type AdamaxOptions, scaleByAdamax } from './transforms/scale-by-adamax.ts';
export { scaleByLearningRate } from './transforms/scale-by-learning-rate.ts';
export { type LionOptions, scaleByLion } from './transforms/scale-by-lion.ts';
export { type NadamOptions, scaleByNadam } from './transforms/scale-by-nadam.ts';
export { type RadamOptions, scaleByRadam } from './transforms/scale-by-radam.ts';
export { type RmsOptions, scaleByRms } from './transforms/scale-by-rms.ts';
export { scaleByTrustRatio, type TrustRatioOptions } from './transforms/scale-by-trust-ratio.ts';
export { scheduleFreeAdamW, type ScheduleFreeOptions } from './transforms/schedule-free-adam-w.ts';
export { splitBy } from './transforms/split-by.ts';
export { equalAverage, exponentialAverage, WeightAverage } from './weight-average.ts';
