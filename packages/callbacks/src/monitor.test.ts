import type { TrainState } from '@graft/train';
import { expect, test } from 'vitest';
import { Monitor } from './monitor.ts';

/** Indices of the epochs that the monitor considers the best so far. */
function bestOf(monitor: Monitor, log: readonly (readonly [accuracy: number, loss: number])[]): number[] {
  return log.flatMap(([validationAccuracy, validationLoss], epoch) => {
    const state = { epoch, metrics: [], log: [{ epoch, validationAccuracy, validationLoss }] };
    return monitor.isBest(state as unknown as TrainState) ? [epoch] : [];
  });
}
const log = [
  [0.8, 3],
  [0.9, 2],
  [0.9, 2.5],
  [0.9, 1],
  [0.8, 0.5],
  [0.9, Number.NaN],
] as const;

test('the first of equal epochs is the best, unless a tie-breaker decides', () => {
  const options = { monitor: 'validationAccuracy', mode: 'max' } as const;
  expect(bestOf(new Monitor(options), log)).toEqual([0, 1]);
  expect(bestOf(new Monitor({ ...options, tieBreaker: 'validationLoss' }), log)).toEqual([0, 1, 3]);
});
test('saves and restores the tie-breaker', () => {
  const options = { monitor: 'validationAccuracy', mode: 'max', tieBreaker: 'validationLoss' } as const;
  const [before, after] = [new Monitor(options), new Monitor(options)];
  bestOf(before, log.slice(0, 4));
  after.restore(JSON.parse(JSON.stringify(before.save())));
  expect(bestOf(after, [[0.9, 1.5]])).toEqual([]);
  expect(bestOf(after, [[0.9, 0.5]])).toEqual([0]);
});
