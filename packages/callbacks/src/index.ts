export { bestCheckpoint, type BestCheckpointOptions } from './best-checkpoint.ts';
export { describeLog } from './describe-log.ts';
export { earlyStopping, type EarlyStoppingOptions } from './early-stopping.ts';
export { Monitor, type MonitorOptions } from './monitor.ts';
export { default as callbacksPlugin } from './plugin.ts';
export { progress, type ProgressOptions, type ProgressStream } from './progress.ts';
