import { expect, test } from 'vitest';
import { LiveRun } from './live-run.ts';

test('events update warnings and the stage', () => {
  const live = new LiveRun();
  const { listen } = live; // works without `this`
  listen({ type: 'warning', message: 'beware' });
  listen({ type: 'progress', what: 'reading images', done: 3, total: 7 });
  expect(live).toMatchObject({ warnings: ['beware'], stage: { what: 'reading images', done: 3, total: 7 } });
  listen({ type: 'download', what: 'a model', done: 5, total: undefined });
  expect(live.stage).toEqual({ what: 'downloading a model', done: 5 });
  listen({ type: 'download', what: 'a model', done: 5, total: 10 });
  expect(live.stage).toEqual({ what: 'downloading a model', done: 5, total: 10 });
  listen({ type: 'status', message: 'Writing the model' });
  expect(live.stage).toEqual({ what: 'Writing the model' });
});
test('events create phases and a log, with each epoch once', () => {
  const live = new LiveRun();
  for (const phase of ['head', 'all']) {
    live.listen({ type: 'phase', phase });
    for (const epoch of [1, 2, 2]) live.listen({ type: 'epoch', phase, log: { epoch, loss: 1 / epoch } });
  }
  const log = [
    { epoch: 1, loss: 1 },
    { epoch: 2, loss: 0.5 },
  ];
  expect(live.phases).toMatchObject([
    { name: 'head', log },
    { name: 'all', log },
  ]);
});
test('an epoch of an unknown phase is ignored', () => {
  const live = new LiveRun();
  live.listen({ type: 'epoch', phase: 'head', log: { epoch: 1, loss: 1 } });
  expect(live.log).toEqual([]);
});
