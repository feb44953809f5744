import { afterEach, expect, test } from 'vitest';
import { exitCodes, gracefulStop } from './graceful-stop.ts';

const names = Object.keys(exitCodes) as NodeJS.Signals[];
const before = names.map((name) => process.listeners(name));
const added = (): number[] => names.map((name, i) => process.listenerCount(name) - before[i]!.length);
afterEach(() => {
  for (const [i, name] of names.entries())
    for (const listener of process.listeners(name)) if (!before[i]!.includes(listener)) process.off(name, listener);
});

test('signals are left to the system until the work begins, and again after the first one', () => {
  const { signal, begin } = gracefulStop();
  expect(added()).toEqual([0, 0, 0]);
  begin();
  begin(); // a command may train twice
  expect(added()).toEqual([1, 1, 1]);
  // Only our own listener is called: those of the test runner would end it.
  for (const listener of process.listeners('SIGTERM'))
    if (!before[names.indexOf('SIGTERM')]!.includes(listener)) (listener as (name: string) => void)('SIGTERM');
  expect(signal.reason).toBe('SIGTERM');
  expect(added()).toEqual([0, 0, 0]);
});
