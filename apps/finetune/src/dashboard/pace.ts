/** Holds some work to a share of the time that goes by. */
export class Pace {
  readonly #share: number;
  readonly #now: () => number;
  /** When the time that was spent will be no more than the share. */
  #free = -Infinity;

  /** @param share of the time, such as 0.01 */
  constructor(share: number, now: () => number = () => performance.now()) {
    this.#share = share;
    this.#now = now;
  }

  /** Whether there is time to spend. */
  get isDue(): boolean {
    return this.#now() >= this.#free;
  }

  /** Does the work, and has the next one wait. */
  async spend<T>(work: () => T | Promise<T>): Promise<T> {
    const started = this.#now();
    try {
      return await work();
    } finally {
      const spent = this.#now() - started;
      this.#free = Math.max(this.#free, started) + spent / this.#share;
    }
  }
}
