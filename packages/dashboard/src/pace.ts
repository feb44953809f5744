import { thisMachine } from './machine.ts';

/** Holds some work to a share of the processor time that a program takes. */
export class Pace {
  readonly #share: number;
  readonly #now: () => number;
  /** When the time that was spent will be no more than the share. */
  #free = -Infinity;

  /** @param share of the time, such as 0.01 @param now milliseconds; default the processor time of this process */
  constructor(share: number, now: () => number = thisMachine.processorTime) {
    this.#share = share;
    this.#now = now;
  }

  /** Whether there is time to spend. */
  get isDue(): boolean {
    return this.#now() >= this.#free;
  }

  /** Does the work, and makes the next one wait. */
  spend<T>(work: () => T): T {
    const started = this.#now();
    try {
      return work();
    } finally {
      this.charge(this.#now() - started);
    }
  }

  /** Counts milliseconds that have just been spent. */
  charge(milliseconds: number): void {
    this.#free = Math.max(this.#free, this.#now() - milliseconds) + milliseconds / this.#share;
  }
}
