import { thisMachine } from './machine.ts';

/** Limits recurring work to a fraction of the processor time. */
export class Pace {
  readonly #share: number;
  readonly #now: () => number;
  /** The time from which the work done so far is within its share. */
  #free = -Infinity;

  /** @param share fraction of the time, such as 0.01 @param now a clock in milliseconds; default the processor time of this process */
  constructor(share: number, now: () => number = thisMachine.processorTime) {
    this.#share = share;
    this.#now = now;
  }

  /** Whether the work may be done now. */
  get isDue(): boolean {
    return this.#now() >= this.#free;
  }

  /** Does the work and charges its time. */
  spend<T>(work: () => T): T {
    const started = this.#now();
    try {
      return work();
    } finally {
      this.charge(this.#now() - started);
    }
  }

  /** Charges milliseconds that were just spent. */
  charge(milliseconds: number): void {
    this.#free = Math.max(this.#free, this.#now() - milliseconds) + milliseconds / this.#share;
  }
}
