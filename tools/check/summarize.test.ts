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
test('a step fails if one of its tasks fails', () => {
  const lines = summarize([...all, result('lint', 'failure')]);
  expect(lines).toContain('FAILED  lint (2 tasks, 1 failed, 3.0 s)');
  expect(lines.at(-1)).toBe(`${all.length - 1} passed, 1 failed`);
});
test('a step whose tasks were all left out fails', () => {
  const lines = summarize(without('lint'));
  expect(lines).toContain('FAILED  lint (not run, because a step before it failed)');
  expect(lines.at(-1)).toBe(`${all.length - 1} passed, 1 failed`);
});
test('what could not run is named', () =>
  expect(summarize([...without('alone'), result('alone', 'success', 'x\nNOT RUN: no registry.\n')])).toContain(
    'passed  each package alone (1 task, 1.5 s); NOT RUN: no registry.',
  ));
