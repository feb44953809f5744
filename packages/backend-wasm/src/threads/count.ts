/** More threads gain little on one memory; set `threads` to use more. */
const DEFAULT_MOST = 8;
/** A worker costs some megabytes. */
const MOST = 64;

/** The default number of threads: one per core, at most eight. */
export async function defaultThreads(): Promise<number> {
  if (globalThis.process?.versions?.node) {
    const { availableParallelism } = await import('node:os');
    return Math.min(DEFAULT_MOST, availableParallelism());
  }
  return Math.min(DEFAULT_MOST, globalThis.navigator?.hardwareConcurrency ?? 1);
}

/** @throws if it is not a valid number of threads */
export function checkThreads(threads: number): number {
  if (!Number.isInteger(threads) || threads < 1 || threads > MOST)
    throw new Error(`threads must be an integer from 1 to ${MOST}, got ${threads}.`);
  return threads;
}

/** Whether this thread may block: a browser's main thread may not. */
export function canWait(): boolean {
  try {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 1, 0);
    return true;
  } catch {
    return false;
  }
}
