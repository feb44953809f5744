import type { TypedArray } from '@graft/tensor';

/** A step whose loss has not been looked at yet. */
interface Pending {
  readonly loss: Promise<number>;
  readonly samples: number;
}

/** The losses of an epoch. That of the last step may still be on its way from the device. */
export class Losses {
  #total: number;
  #samples: number;
  #pending: Pending | undefined;

  constructor({ samples, totalLoss }: { readonly samples: number; readonly totalLoss: number }) {
    [this.#samples, this.#total] = [samples, totalLoss];
  }

  /** Begins an epoch. */
  restart(): void {
    [this.#samples, this.#total] = [0, 0];
  }

  /** The mean over the samples whose loss was looked at. */
  get mean(): number {
    return this.#total / this.#samples;
  }

  /**
   * Adds a step's loss, which is being read. The one before must be settled.
   * @param diverged what to throw where the loss is no longer a number
   */
  add(reading: Promise<TypedArray>, samples: number, diverged: (loss: number) => Error): Promise<number> {
    const loss = reading.then(([first]) => {
      const value = Number(first);
      if (!Number.isFinite(value)) throw diverged(value);
      return value;
    });
    loss.catch(() => {}); // seen when it is settled
    this.#pending = { loss, samples };
    return loss;
  }

  /** The sum over all samples, those of the last step included. @throws where its loss is no longer a number */
  async total(): Promise<number> {
    const [before, pending] = [this.#total, this.#pending];
    return pending ? before + (await pending.loss) * pending.samples : before;
  }

  /** Waits for the last step's loss and takes it into the mean. @throws where it is no longer a number */
  async settle(): Promise<void> {
    const pending = this.#pending;
    if (!pending) return;
    this.#pending = undefined;
    this.#total += (await pending.loss) * pending.samples;
    this.#samples += pending.samples;
  }
}
