import { expect, test, vi } from 'vitest';
import { Pace } from './pace.ts';

test('work is due again once it took no more than its share of the time', () => {
  let now = 0;
  const pace = new Pace(0.01, () => now);
  expect(pace.isDue).toBe(true);
  expect(pace.spend(() => ((now += 5), 'done'))).toBe('done');
  now = 499;
  expect(pace.isDue).toBe(false);
  now = 500;
  expect(pace.isDue).toBe(true);
  // Work that was not due and work that throws also count.
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
test('unused time is not accumulated', () => {
  let now = 1e6;
  const pace = new Pace(0.5, () => now);
  pace.spend(() => (now += 10));
  expect(pace.isDue).toBe(false);
  now += 10;
  expect(pace.isDue).toBe(true);
});
test('the default clock measures processor time', () => {
  let used = 0; // microseconds
  const usage = vi.spyOn(process, 'cpuUsage').mockImplementation(() => ({ user: used, system: used }));
  const pace = new Pace(0.5);
  pace.spend(() => (used += 5000)); // 10 ms: 5 user, 5 system
  expect(pace.isDue).toBe(false);
  used += 4999;
  expect(pace.isDue).toBe(false);
  used += 1;
  expect(pace.isDue).toBe(true);
  usage.mockRestore();
});
