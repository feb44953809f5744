// @ts-check
import { steps } from './steps.mjs';

/**
 * @typedef {{ task: { target: { target: string }, startTime?: number, endTime?: number }, status: string, terminalOutput?: string }} Result of one task of Nx
 */

/**
 * One line per step of `npm run check`, and a last one that counts them. A step passes if it has run in at least one project, and passed in all of them.
 * Nx leaves out tasks whose dependencies failed.
 * @param {readonly Result[]} results
 * @returns {string[]}
 */
export function summarize(results) {
  let failed = 0;
  const lines = Object.entries(steps).map(([target, title]) => {
    const own = results.filter(({ task }) => task.target.target === target);
    const cached = own.filter(({ status }) => status.includes('cache')).length;
    const wrong = own.filter(({ status }) => status !== 'success' && !status.includes('cache'));
    const seconds = own.reduce(
      (sum, { task: { startTime = 0, endTime = 0 } }) => sum + (endTime - startTime) / 1000,
      0,
    );
    const ok = own.length > 0 && wrong.length === 0;
    if (!ok) failed++;
    if (own.length === 0) return `FAILED  ${title} (not run, because a step before it failed)`;
    const facts = [
      `${own.length} ${own.length === 1 ? 'task' : 'tasks'}`,
      ...(wrong.length ? [`${wrong.length} failed`] : []),
      ...(cached ? [`${cached} from the cache`] : []),
      `${seconds.toFixed(1)} s`,
    ];
    const notRun = own.flatMap(({ terminalOutput = '' }) => /NOT RUN: .*/.exec(terminalOutput) ?? []);
    return `${ok ? 'passed' : 'FAILED'}  ${title} (${facts.join(', ')})${notRun.length ? `; ${notRun.join('; ')}` : ''}`;
  });
  return [...lines, `${lines.length - failed} passed, ${failed} failed`];
}
