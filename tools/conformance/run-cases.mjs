// @ts-check
import { Worker } from 'node:worker_threads';

/**
 * The outcome of a case: undefined or a remark if it passed, a reason if it failed, or why there is nothing to check.
 * @typedef {string | undefined | { readonly excluded?: string, readonly beside?: boolean, readonly random?: boolean }} Outcome
 */

/**
 * @typedef {object} Limits
 * @property {boolean} [gradients] whether to check gradients instead of outputs
 * @property {number} [seconds] time limit of one case; default 30
 * @property {number} [bytes] memory limit: growth of the process during one case; default 2 GiB
 * @property {URL} [script] of the thread; default case-worker.mjs
 */

/**
 * Runs cases in a second thread, which is terminated and replaced if a case takes too long or too much memory.
 * @template Case
 * @param {Iterable<Case>} cases the message to the thread for each case, such as its folder
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
  /** @type {Worker[]} none, or the active one */
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
      if (performance.now() - start > seconds * 1000) finish(`It was terminated after ${seconds} seconds.`, true);
      else if (process.memoryUsage.rss() - before > bytes)
        finish(`It was terminated after using ${Math.round(bytes / 2 ** 20)} MiB.`, true);
    }, 50);
    worker.on('message', onMessage).on('error', onError);
    worker.postMessage(one);
  });
}
