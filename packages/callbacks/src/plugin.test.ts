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
  '%s can be created by name and rejects unknown options',
  (name) => {
    expect(() => app.get(callback, name).create({ nonsense: 1 })).toThrow(`${name} has no option "nonsense".`);
    expect(app.get(callback, name).create(needs[name] ?? {}).name).toBe(name);
  },
);
test.each<[string, object, string]>([
  ['earlyStopping', { patience: 0 }, 'earlyStopping expects a patience of 1 or more epochs, got 0.'],
  ['earlyStopping', { mode: 'maximum' }, 'A monitor expects a mode of "min" or "max", got "maximum".'],
  ['bestCheckpoint', { storage, minDelta: -1 }, 'A monitor expects the option minDelta to be 0 or more, got -1.'],
  ['earlyStopping', { patiense: 3 }, 'Did you mean "patience"?'],
  ['reduceOnPlateau', { factor: 2 }, 'reduceOnPlateau expects a factor between 0 and 1, got 2.'],
  ['reduceOnPlateau', { patience: -1 }, 'reduceOnPlateau expects "patience" to be 0 or more, got -1.'],
  ['weightAverage', { kind: 'mean' }, 'weightAverage expects a kind of "exponential" or "equal", got "mean".'],
  ['weightAverage', { decay: 1 }, 'weightAverage expects a decay in [0, 1), got 1.'],
  ['weightAverage', { from: -1 }, 'weightAverage expects "from" to be an integer of 0 or more, got -1.'],
  ['timeLimit', { minutes: -5 }, 'timeLimit expects more than 0 minutes, got -5.'],
  ['timeLimit', {}, 'timeLimit expects more than 0 minutes, got undefined.'],
  ['trainingMonitor', { every: 0 }, 'trainingMonitor expects "every" to be an integer of 1 or more, got 0.'],
  ['trainingMonitor', { vanishing: 2 }, 'trainingMonitor expects "vanishing" to be from 0 to 1, got 2.'],
  ['trainingMonitor', { dead: 0 }, 'trainingMonitor expects "dead" to be in (0, 1], got 0.'],
  ['overfittingMonitor', { patience: 0.5 }, 'overfittingMonitor expects "patience" to be an integer, got 0.5.'],
  ['overfittingMonitor', { threshold: -1 }, 'overfittingMonitor expects a threshold of 0 or more, got -1.'],
  ['csvLog', {}, 'csvLog expects a "storage" such as fileStorage(\'run\') from @graft/storage/node, got none.'],
  [
    'bestCheckpoint',
    { storage: 'runs' },
    'bestCheckpoint expects a "storage" such as fileStorage(\'run\') from @graft/storage/node, got "runs".',
  ],
  ['checkpoint', {}, 'checkpoint expects a "storage"'],
  ['checkpoint', { storage, everySteps: -3 }, 'checkpoint expects "everySteps" to be an integer of 1 or more, got -3.'],
])('rejects %s(%j)', (name, options, message) =>
  expect(() => app.get(callback, name).create(options)).toThrow(message),
);

test('timeLimit stops a run after a step', () => {
  vi.useFakeTimers();
  try {
    const [limit, reasons]: [ReturnType<typeof timeLimit>, string[]] = [timeLimit({ minutes: 2 }), []];
    const add = (text: string): void => void reasons.push(text);
    const state = { stop: add, warn: add, step: 7, epoch: 2, epochs: 9 } as unknown as TrainState;
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
