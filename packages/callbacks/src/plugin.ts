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
    callback(configurable('progress', progress, ['stream', 'label', 'now'])),
    callback(
      configurable('earlyStopping', earlyStopping, [
        'monitor',
        'mode',
        'minDelta',
        'tieBreaker',
        'patience',
        'restoreBest',
      ]),
    ),
    callback(
      configurable('reduceOnPlateau', reduceOnPlateau, [
        'monitor',
        'mode',
        'factor',
        'patience',
        'threshold',
        'relative',
        'cooldown',
        'least',
      ]),
    ),
    callback(configurable('weightAverage', weightAverage, ['kind', 'decay', 'from', 'keep'])),
    callback(configurable('timeLimit', timeLimit, ['minutes'])),
    callback(configurable('trainingMonitor', trainingMonitor, ['every', 'vanishing', 'exploding', 'dead', 'report'])),
    callback(configurable('overfittingMonitor', overfittingMonitor, ['patience', 'threshold'])),
    callback(configurable('bestWeights', bestWeights, ['monitor', 'mode', 'minDelta', 'tieBreaker'])),
    callback(
      configurable('bestCheckpoint', bestCheckpoint, [
        'storage',
        'folder',
        'monitor',
        'mode',
        'minDelta',
        'tieBreaker',
      ]),
    ),
    callback(
      configurable('checkpoint', checkpoint, [
        'storage',
        'folder',
        'everyEpochs',
        'everySteps',
        'everySeconds',
        'keep',
        'dtype',
      ]),
    ),
    callback(configurable('csvLog', csvLog, ['storage', 'file'])),
    callback(configurable('jsonLinesLog', jsonLinesLog, ['storage', 'file'])),
  ],
});
export default plugin;
