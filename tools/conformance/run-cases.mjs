// @ts-check
import { Worker } from 'node:worker_threads';

/**
 * What a case came to: undefined or a remark where it passed, a reason where it failed, or why there is nothing to check.
 * @typedef {string | undefined | { readonly excluded?: string, readonly beside?: boolean }} Outcome
 */

/**
 * @typedef {object} Limits
 * @property {boolean} [gradients] whether gradients are checked instead of outputs
 * @property {number} [seconds] of one case; default 30
 * @property {number} [bytes] that the process may grow by during one case; default 2 GiB
 * @property {URL} [script] of the thread; default case-worker.mjs
 */

/**
 * Runs cases in a second thread, which is ended and replaced where a case takes too long or too much memory.
 * @template Case
 * @param {Iterable<Case>} cases what the thread is told of each, such as its folder
 * @param {'wasm' | 'js'} backend
 * @param {(one: Case, outcome: Outcome) => void} report called for each case in turn
 * @param {Limits} [limits]
 */
export async function runCases(
  cases,
  backend,
  report,
  { gradients = false, seconds = 30, bytes = 2 ** 31, script = new URL('case-worker.mjs', import.meta.url) } = {},
) {
  /** @type {Worker[]} none, or the one at work */
  let workers = [];
  try {
    for (const one of cases) {
      const worker = workers[0] ?? (await started(script, { backend, gradients }));
      const { outcome, ended } = await bounded(worker, one, seconds, bytes);
      workers = ended ? [] : [worker];
      if (ended) await worker.terminate();
      report(one, outcome);
    }
  } finally {
    await workers[0]?.terminate();
  }
}

/** @param {URL} script @param {{ backend: string, gradients: boolean }} workerData @returns {Promise<Worker>} */
function started(script, workerData) {
  return new Promise((resolve, reject) => {
    const worker = new Worker(script, { workerData, resourceLimits: { maxOldGenerationSizeMb: 2048 } });
    worker.once('error', reject);
    worker.once('message', () => {
      worker.off('error', reject);
      resolve(worker);
    });
  });
}

/**
 * @param {Worker} worker @param {unknown} one @param {number} seconds @param {number} bytes
 * @returns {Promise<{ outcome: Outcome, ended: boolean }>}
 */
function bounded(worker, one, seconds, bytes) {
  return new Promise((resolve) => {
    const start = performance.now();
    const before = process.memoryUsage.rss();
    const finish = (/** @type {Outcome} */ outcome, /** @type {boolean} */ ended) => {
      clearInterval(timer);
      worker.off('message', onMessage).off('error', onError);
      resolve({ outcome, ended });
    };
    const onMessage = (/** @type {Outcome} */ outcome) => finish(outcome, false);
    const onError = (/** @type {unknown} */ error) =>
      finish(error instanceof Error ? error.message : String(error), true);
    const timer = setInterval(() => {
      if (performance.now() - start > seconds * 1000) finish(`It was ended after ${seconds} seconds.`, true);
      else if (process.memoryUsage.rss() - before > bytes)
        finish(`It was ended when it had taken ${Math.round(bytes / 2 ** 20)} MiB.`, true);
    }, 50);
    worker.on('message', onMessage).on('error', onError);
    worker.postMessage(one);
  });
}
