/** The clocks and the memory that a live run goes by. */
export interface Machine {
  /** Milliseconds of a clock that never goes back. */
  now(): number;
  /** Milliseconds of processor time that this process has used; in a browser those of the clock. */
  processorTime(): number;
  /** Bytes that this process has in memory; nothing in a browser, which does not tell. */
  memory(): number | undefined;
}

/** The machine that this runs on. */
export const thisMachine: Machine = {
  now: () => performance.now(),
  processorTime() {
    const used = globalThis.process?.cpuUsage?.();
    return used ? (used.user + used.system) / 1000 : performance.now();
  },
  memory: () => globalThis.process?.memoryUsage?.rss(),
};
