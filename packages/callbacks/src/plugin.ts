import { apiVersion, configurable, definePlugin, type Plugin } from '@graft/plugin';
import { callback } from '@graft/train';
import { bestCheckpoint } from './best-checkpoint.ts';
import { bestWeights } from './best-weights.ts';
import { checkpoint } from './checkpoint.ts';
import { csvLog } from './csv-log.ts';
import { earlyStopping } from './early-stopping.ts';
import { jsonLinesLog } from './json-lines-log.ts';
import { overfittingMonitor } from './overfitting-monitor.ts';
import { progress } from './progress.ts';
import { reduceOnPlateau } from './reduce-on-plateau.ts';
import { timeLimit } from './time-limit.ts';
import { trainingMonitor } from './training-monitor.ts';
import { weightAverage } from './weight-average.ts';

/** Everything `@graft/callbacks` contributes to an app. */
const plugin: Plugin = definePlugin({
  name: '@graft/callbacks',
  apiVersion,
  contributes: [
    callback(configurable('progress', progress, { stream: 'any', label: 'string', now: 'function' })),
    callback(
      configurable('earlyStopping', earlyStopping, {
        monitor: 'string',
        mode: 'string',
        minDelta: 'number',
        tieBreaker: 'string',
        patience: 'integer',
        restoreBest: 'boolean',
      }),
    ),
    callback(
      configurable('reduceOnPlateau', reduceOnPlateau, {
        monitor: 'string',
        mode: 'string',
        factor: 'number',
        patience: 'integer',
        threshold: 'number',
        relative: 'boolean',
        cooldown: 'integer',
        least: 'number',
      }),
    ),
    callback(
      configurable('weightAverage', weightAverage, {
        kind: 'string',
        decay: 'number',
        from: 'number',
        keep: 'boolean',
      }),
    ),
    callback(configurable('timeLimit', timeLimit, { minutes: 'number' })),
    callback(
      configurable('trainingMonitor', trainingMonitor, {
        every: 'integer',
        vanishing: 'number',
        exploding: 'number',
        dead: 'number',
        report: 'function',
      }),
    ),
    callback(configurable('overfittingMonitor', overfittingMonitor, { patience: 'integer', threshold: 'number' })),
    callback(
      configurable('bestWeights', bestWeights, {
        monitor: 'string',
        mode: 'string',
        minDelta: 'number',
        tieBreaker: 'string',
      }),
    ),
    callback(
      configurable('bestCheckpoint', bestCheckpoint, {
        storage: 'any',
        folder: 'string',
        monitor: 'string',
        mode: 'string',
        minDelta: 'number',
        tieBreaker: 'string',
      }),
    ),
    callback(
      configurable('checkpoint', checkpoint, {
        storage: 'any',
        folder: 'string',
        everyEpochs: 'integer',
        everySteps: 'integer',
        everySeconds: 'number',
        keep: 'number',
        dtype: 'string',
      }),
    ),
    callback(configurable('csvLog', csvLog, { storage: 'any', file: 'string' })),
    callback(configurable('jsonLinesLog', jsonLinesLog, { storage: 'any', file: 'string' })),
  ],
});
export default plugin;
