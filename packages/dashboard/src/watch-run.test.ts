import { classification } from '@graft/tasks';
import { expect, test, vi } from 'vitest';
import { LiveRun } from './live-run.ts';
import { LiveView } from './live-view.ts';
import { watchRun } from './watch-run.ts';

test('held-out examples have the names and pictures of their inputs', () => {
  const live = new LiveRun();
  const show = vi.fn<(input: unknown) => unknown>();
  const examples = ['a', 'b', 'c'].map((name) => ({ name, input: `${name}.png` }));
  watchRun(live).onPrepared({
    objective: classification,
    data: { names: ['x', 'y'], examples },
    heldOut: [2, 0],
    backbone: { feed: { show } as never },
  });
  expect(live.heldOut!.names).toEqual(['x', 'y']);
  expect(live.heldOut!.examples!.map(({ name }) => name)).toEqual(['c', 'a']);
  expect(show).not.toHaveBeenCalled();
  void live.heldOut!.examples![0]!.show();
  expect(show).toHaveBeenCalledWith('c.png');
});
test('events and phases appear under their labels', async () => {
  const live = new LiveRun();
  const { events, callbacks } = watchRun(live);
  events({ type: 'status', message: 'reading' });
  expect(live.stage.what).toBe('reading');
  for (const label of ['fold 1/2, head', 'head']) {
    const [callback] = callbacks({ label, fold: label === 'head' ? undefined : {} });
    await callback!.beforeFit?.({ epoch: 0, epochs: 1, step: 0, stepInEpoch: 0, stepsPerEpoch: 1, log: [] } as never);
  }
  expect(live.phases.map(({ name }) => name)).toEqual(['fold 1/2, head', 'head']);
});
test('a run without held-out examples says so instead of waiting for results', () => {
  const live = new LiveRun();
  const prepared = { objective: classification, data: { names: ['x', 'y'], examples: [] }, heldOut: [] };
  watchRun(live).onPrepared({ ...prepared, backbone: { feed: {} as never } });
  const view = new LiveView(live, 'run');
  view.renew();
  expect([view.parts['scores'], view.parts['hardest']]).toEqual(Array(2).fill('<p>No examples are held out.</p>'));
});
