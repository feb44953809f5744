import { memoryStorage } from '@graft/storage';
import { trainPlugin } from '@graft/train';
import { describeCallback } from '@graft/train/testing';
import { describePlugin } from '@graft/plugin/testing';
import {
  bestCheckpoint,
  bestWeights,
  callbacksPlugin,
  checkpoint,
  csvLog,
  earlyStopping,
  jsonLinesLog,
  overfittingMonitor,
  progress,
  reduceOnPlateau,
  timeLimit,
  trainingMonitor,
  weightAverage,
} from './index.ts';

describePlugin(callbacksPlugin, { after: [trainPlugin], options: { timeLimit: { minutes: 1 } } });

const stream = { write: (): void => {} };
describeCallback('progress', () => progress({ stream }));
describeCallback('earlyStopping', () => earlyStopping({ monitor: 'loss', patience: 5 }));
describeCallback('reduceOnPlateau', () => reduceOnPlateau({ monitor: 'loss', patience: 5 }));
describeCallback('weightAverage', () => weightAverage(), { changes: 'the run ends with the average' });
describeCallback('timeLimit', () => timeLimit({ minutes: 5 }));
describeCallback('trainingMonitor', () => trainingMonitor({ every: 2 }));
describeCallback('overfittingMonitor', () => overfittingMonitor());
describeCallback('bestWeights', () => bestWeights({ monitor: 'accuracy' }), {
  changes: 'the run ends with the weights of its best epoch',
});
describeCallback('bestCheckpoint', () => bestCheckpoint({ storage: memoryStorage(), monitor: 'loss' }));
describeCallback('checkpoint', () => checkpoint({ storage: memoryStorage() }));
describeCallback('csvLog', () => csvLog({ storage: memoryStorage() }));
describeCallback('jsonLinesLog', () => jsonLinesLog({ storage: memoryStorage() }));
