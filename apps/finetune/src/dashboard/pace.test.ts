import { expect, test } from 'vitest';
import { Pace } from './pace.ts';

test('work is due again when it was no more than its share of the time', () => {
  let now = 0;
  const pace = new Pace(0.01, () => now);
  expect(pace.isDue).toBe(true);
  expect(pace.spend(() => ((now += 5), 'done'))).toBe('done');
  now = 499;
  expect(pace.isDue).toBe(false);
  now = 500;
  expect(pace.isDue).toBe(true);
  // What is done without asking counts, and so does what fails.
  pace.spend(() => (now += 5));
  expect(() =>
    pace.spend(() => {
      throw new Error(String((now += 5)));
    }),
  ).toThrow('510');
  now = 1499;
  expect(pace.isDue).toBe(false);
  now = 1500;
  expect(pace.isDue).toBe(true);
});
test('time that was not spent is not saved up', () => {
  let now = 1e6;
  const pace = new Pace(0.5, () => now);
  pace.spend(() => (now += 10));
  expect(pace.isDue).toBe(false);
  now += 10;
  expect(pace.isDue).toBe(true);
});
test('the usual clock is that of processors', async () => {
  const pace = new Pace(0.001);
  pace.spend(() => {
    for (const end = performance.now() + 20; performance.now() < end;);
  });
  await new Promise((resolve) => setTimeout(resolve, 60));
  expect(pace.isDue).toBe(false); // waiting takes none
});
