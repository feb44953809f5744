import { expect, test } from 'vitest';
import { steps } from './steps.mjs';
import { type Result, summarize } from './summarize.mjs';

const result = (target: string, status: string, terminalOutput = ''): Result => ({
  task: { target: { target }, startTime: 1000, endTime: 2500 },
  status,
  terminalOutput,
});
const all = Object.keys(steps).map((target) => result(target, 'success'));
const without = (target: string) => all.filter(({ task }) => task.target.target !== target);

test('a line per step, and one that counts them', () => {
  const lines = summarize([...all, result('lint', 'local-cache'), result('build-wasm', 'success')]);
  expect(lines).toHaveLength(all.length + 1);
  expect(lines).toContain('passed  lint (2 tasks, 1 from the cache, 3.0 s)');
  expect(lines.at(-1)).toBe(`${all.length} passed, 0 failed`);
});
test.each([
  ['fails', 'failure', 'FAILED  lint (2 tasks, 1 failed, 3.0 s)'],
  ['is skipped', 'skipped', 'FAILED  lint (2 tasks, 1 skipped because a dependency failed, 3.0 s)'],
])('a step fails if one of its tasks %s', (_, status, line) => {
  const lines = summarize([...all, result('lint', status)]);
  expect(lines).toContain(line);
  expect(lines.at(-1)).toBe(`${all.length - 1} passed, 1 failed`);
});
test('a step without a task fails', () => expect(summarize(without('lint')).at(-1)).toMatch(/ passed, 1 failed$/));
test('what could not run is named', () =>
  expect(summarize([...without('alone'), result('alone', 'success', 'x\nNOT RUN: no registry.\n')])).toContain(
    'passed  each package alone (1 task, 1.5 s); NOT RUN: no registry.',
  ));
