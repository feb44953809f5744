import { apiVersion, createApp, definePlugin } from '@graft/plugin';
import { memoryStorage, type Storage } from '@graft/storage';
import { classification, objective, regression } from '@graft/tasks';
import { expect, test } from 'vitest';
import { compareRuns } from './compare-runs.ts';
import { describeComparison } from './describe-comparison.ts';
import { encodePredictions } from './held-out-predictions.ts';

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
/** The predictions of 40 examples, of which all but the first `wrong` are correct. */
async function predicting(wrong: number, prefix = ''): Promise<Storage> {
  const storage = await run({ validation: { accuracy: (40 - wrong) / 40 }, validationImages: 40 });
  const examples = Array.from({ length: 40 }, (_, i) => ({
    name: `${prefix}${i}.png`,
    label: i % 2,
    values: Float32Array.of(...(i >= wrong === (i % 2 === 0) ? [1, 0] : [0, 1])),
  }));
  await storage.write('predictions.json', new TextEncoder().encode(encodePredictions(examples)));
  return storage;
}
test('differences from the best run are tested on shared examples, corrected for their number, and described', async () => {
  const storages = [
    await predicting(1),
    await predicting(11),
    await predicting(8),
    await predicting(3, 'other/'),
    await run({ validation: { accuracy: 0.7 }, validationImages: 40 }),
    await run({}),
  ];
  const comparison = await compareRuns(app, storages);
  const [best, other, worse, , worst, none] = comparison.runs.map(({ difference }) => difference);
  expect([best, none]).toEqual([undefined, undefined]);
  expect(other).toMatchObject({ unpaired: 'examples', significant: false });
  // 2 · 2^-7 and 2 · 2^-10 for 7 and 10 examples that only the best run predicts correctly; the greater p remains, and the smaller one counts twice.
  expect(worse).toMatchObject({ p: expect.closeTo(2 ** -6, 12) as number, shared: 40, significant: true });
  expect(comparison.runs[3]!.difference).toMatchObject({ p: expect.closeTo(2 ** -8, 12) as number, significant: true });
  expect(worst).toMatchObject({ unpaired: 'predictions', significant: true });
  expect(describeComparison(comparison).split('\n\n')[1]!.split('\n')).toEqual([
    'memory: accuracy 5.0 points below memory; the difference is within noise: its 95 % confidence interval is −6.5 to 17.5 points (unpaired, because the runs were evaluated on different held-out images).',
    'memory: accuracy 17.5 points below memory; the difference is more than noise: p = 0.016 on 40 shared held-out images (exact McNemar test, corrected for 2 comparisons).',
    'memory: accuracy 25.0 points below memory; the difference is more than noise: p = 0.0039 on 40 shared held-out images (exact McNemar test, corrected for 2 comparisons).',
    'memory: accuracy 27.5 points below memory; the difference is more than noise: its 95 % confidence interval is 11.7 to 43.1 points (unpaired, because at least one of the runs holds no predictions of its held-out examples).',
  ]);
});
test('predictions that are damaged are an error', async () => {
  const damaged = await predicting(1);
  await damaged.write('predictions.json', new TextEncoder().encode('{'));
  await expect(compareRuns(app, [damaged, await predicting(2)])).rejects.toMatchObject({
    code: 'run.damaged',
    message: expect.stringContaining('predictions.json" is not JSON. Remove the file to compare'),
  });
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
