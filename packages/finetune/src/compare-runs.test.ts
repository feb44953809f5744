import { apiVersion, createApp, definePlugin } from '@graft/plugin';
import { memoryStorage, type Storage } from '@graft/storage';
import { classification, objective, regression } from '@graft/tasks';
import { expect, test } from 'vitest';
import { compareRuns } from './compare-runs.ts';

const app = await createApp([
  definePlugin({
    name: 'objectives',
    apiVersion,
    contributes: [
      objective({ name: 'classification', create: () => classification }),
      objective({ name: 'regression', create: () => regression }),
    ],
  }),
]);
async function run(summary: object): Promise<Storage> {
  const storage = memoryStorage();
  const text = JSON.stringify({ classes: ['a', 'b'], preprocessing: {}, ...summary });
  await storage.write('summary.json', new TextEncoder().encode(text));
  return storage;
}

test('runs are sorted by score, ties keep their order, and all best runs are marked', async () => {
  const storages = [
    await run({ validationAccuracy: null }),
    await run({ task: 'classification', validation: { accuracy: 0.5 } }),
    await run({ validation: { accuracy: 0.9 } }),
    await run({ validationAccuracy: 0.9 }), // of an earlier version
  ];
  const { objective, runs } = await compareRuns(app, storages);
  expect(objective.name).toBe('classification');
  expect(runs.map(({ storage, score, best }) => [storages.indexOf(storage), score, best])).toEqual([
    [2, 0.9, true],
    [3, 0.9, true],
    [1, 0.5, false],
    [0, undefined, false],
  ]);
});
test('without any score there is no best run', async () => {
  const { runs } = await compareRuns(app, [await run({}), await run({})]);
  expect(runs.map(({ score, best }) => [score, best])).toEqual([
    [undefined, false],
    [undefined, false],
  ]);
});
test('runs of different tasks, unfinished runs and no runs are rejected', async () => {
  const storages = [await run({}), await run({ task: 'regression' })];
  await expect(compareRuns(app, storages)).rejects.toMatchObject({
    code: 'run.task',
    message: expect.stringMatching(/is a classification run and ".*" is a regression run, so their scores cannot/),
  });
  await expect(compareRuns(app, [memoryStorage()])).rejects.toThrow('is not a finished run');
  await expect(compareRuns(app, [])).rejects.toThrow('There are no runs to compare.');
});
