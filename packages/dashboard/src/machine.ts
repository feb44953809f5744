/** Clocks and memory measurement for a live run. */
export interface Machine {
  /** Milliseconds of a monotonic clock. */
  now(): number;
  /** Milliseconds of processor time used by this process; wall-clock time in a browser. */
  processorTime(): number;
  /** Resident memory of this process in bytes; undefined in a browser. */
  memory(): number | undefined;
}

/** The current machine. */
export const thisMachine: Machine = {
  now: () => performance.now(),
  processorTime() {
    const used = globalThis.process?.cpuUsage?.();
    return used ? (used.user + used.system) / 1000 : performance.now();
  },
  memory: () => globalThis.process?.memoryUsage?.rss(),
};
