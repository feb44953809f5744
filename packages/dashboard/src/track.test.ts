import { expect, test } from 'vitest';
import { Track } from './track.ts';

test('keeps every value of a short run, and evenly spaced values of a long one', () => {
  const track = new Track();
  for (let step = 0; step < 100; step++) if (track.isNext()) track.add(step, 2 * step);
  expect([track.steps.length, track.values[99]]).toEqual([100, 198]);
  for (let step = 100; step < 100_000; step++) if (track.isNext()) track.add(step, 2 * step);
  expect(track.steps.length).toBeLessThan(240);
  expect(track.steps.length).toBeGreaterThan(119);
  const gaps = new Set(track.steps.slice(1).map((step, i) => step - track.steps[i]!));
  expect([gaps.size, track.steps[0], track.values.every((value, i) => value === 2 * track.steps[i]!)]).toEqual([
    1,
    0,
    true,
  ]);
});
