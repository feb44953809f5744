import { createApp } from '@graft/plugin';
import { fileStorage } from '@graft/storage/node';
import { callback, type TrainState } from '@graft/train';
import { expect, test, vi } from 'vitest';
import { callbacksPlugin, timeLimit } from './index.ts';

const app = await createApp([callbacksPlugin]);
const storage = fileStorage('nowhere');
const needs: Readonly<Record<string, object>> = {
  timeLimit: { minutes: 1 },
  checkpoint: { storage },
  bestCheckpoint: { storage },
  csvLog: { storage },
  jsonLinesLog: { storage },
};

test.each(app.all(callback).map(({ name }) => name))(
  '%s is made by name and refuses options that it does not have',
  (name) => {
    expect(() => app.get(callback, name).create({ nonsense: 1 })).toThrow(`${name} has no option "nonsense".`);
    expect(app.get(callback, name).create(needs[name] ?? {}).name).toBe(name);
  },
);
test.each<[string, object, string]>([
  ['earlyStopping', { patience: 0 }, 'earlyStopping wants a patience of 1 or more epochs, got 0.'],
  ['earlyStopping', { mode: 'maximum' }, 'A monitor wants a mode of "min" or "max", got "maximum".'],
  ['bestCheckpoint', { storage, minDelta: -1 }, 'A monitor wants a minDelta of 0 or more, got -1.'],
  ['earlyStopping', { patiense: 3 }, 'Did you mean "patience"?'],
  ['reduceOnPlateau', { factor: 2 }, 'reduceOnPlateau expects a factor between 0 and 1, got 2.'],
  ['reduceOnPlateau', { patience: -1 }, 'reduceOnPlateau expects "patience" to be 0 or more, got -1.'],
  ['weightAverage', { kind: 'mean' }, 'weightAverage wants a kind of "exponential" or "equal", got "mean".'],
  ['weightAverage', { decay: 1 }, 'weightAverage wants a decay from 0 up to, not including, 1; got 1.'],
  ['weightAverage', { from: -1 }, 'weightAverage wants "from" to be a number of epochs, 0 or more, got -1.'],
  ['timeLimit', { minutes: -5 }, 'timeLimit wants more than 0 minutes, got -5.'],
  ['timeLimit', {}, 'timeLimit wants more than 0 minutes, got undefined.'],
  ['trainingMonitor', { every: 0 }, 'trainingMonitor wants to look every 1 or more steps, got 0.'],
  ['trainingMonitor', { vanishing: 2 }, 'trainingMonitor wants "vanishing" to be a share from 0 to 1, got 2.'],
  ['trainingMonitor', { dead: 0 }, 'trainingMonitor wants a share of dead units above 0, up to 1, got 0.'],
  ['overfittingMonitor', { patience: 0.5 }, 'overfittingMonitor wants a patience of 1 or more epochs, got 0.5.'],
  ['overfittingMonitor', { threshold: -1 }, 'overfittingMonitor wants a threshold of 0 or more, got -1.'],
  ['csvLog', {}, 'csvLog wants a "storage" to write to, such as fileStorage(\'run\') of @graft/tensor/node, got none.'],
  [
    'bestCheckpoint',
    { storage: 'runs' },
    'bestCheckpoint wants a "storage" to write to, such as fileStorage(\'run\') of @graft/tensor/node, got "runs".',
  ],
  ['checkpoint', {}, 'checkpoint wants a "storage"'],
  [
    'checkpoint',
    { storage, everySteps: -3 },
    'checkpoint wants "everySteps" to be a whole number of 1 or more, got -3.',
  ],
])('%s(%j) is refused in a sentence', (name, options, message) =>
  expect(() => app.get(callback, name).create(options)).toThrow(message),
);

test('a time limit ends a run after a step', () => {
  vi.useFakeTimers();
  try {
    const [limit, reasons]: [ReturnType<typeof timeLimit>, string[]] = [timeLimit({ minutes: 2 }), []];
    const tell = (text: string): void => void reasons.push(text);
    const state = { stop: tell, warn: tell, step: 7, epoch: 2, epochs: 9 } as unknown as TrainState;
    void limit.beforeFit!(state);
    vi.advanceTimersByTime(119_000);
    void limit.afterStep!(state);
    expect(reasons).toEqual([]);
    vi.advanceTimersByTime(1_000);
    void limit.afterStep!(state);
    expect(reasons).toEqual([
      'the time limit of 2 minutes was reached',
      'The time limit of 2 minutes was reached after step 7, in epoch 3 of 9.',
    ]);
  } finally {
    vi.useRealTimers();
  }
});
