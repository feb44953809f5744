/** More threads gain little on one memory; `threads` can ask for more. */
const DEFAULT_MOST = 8;
/** A worker costs some megabytes. */
const MOST = 64;

/** How many threads to use where nothing is said: one per core, at most eight. */
export async function defaultThreads(): Promise<number> {
  if (globalThis.process?.versions?.node) {
    const { availableParallelism } = await import('node:os');
    return Math.min(DEFAULT_MOST, availableParallelism());
  }
  return Math.min(DEFAULT_MOST, globalThis.navigator?.hardwareConcurrency ?? 1);
}

/** @throws if it is no number of threads */
export function checkThreads(threads: number): number {
  if (!Number.isInteger(threads) || threads < 1 || threads > MOST)
    throw new Error(`threads should be an integer from 1 to ${MOST}, got ${threads}.`);
  return threads;
}

/** Whether this thread may wait for others: a browser's main thread may not. */
export function canWait(): boolean {
  try {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 1, 0);
    return true;
  } catch {
    return false;
  }
}
