import type { TypedArray } from '@graft/tensor';

/** A step whose loss has not been read yet. */
interface Pending {
  readonly loss: Promise<number>;
  readonly samples: number;
}

/** The losses of an epoch; the last one may still be pending on the device. */
export class Losses {
  #total: number;
  #samples: number;
  #pending: Pending | undefined;

  constructor({ samples, totalLoss }: { readonly samples: number; readonly totalLoss: number }) {
    [this.#samples, this.#total] = [samples, totalLoss];
  }

  /** Starts a new epoch. */
  restart(): void {
    [this.#samples, this.#total] = [0, 0];
  }

  /** Mean over the samples whose loss has been read. */
  get mean(): number {
    return this.#total / this.#samples;
  }

  /**
   * Adds a step's pending loss. The previous one must be settled.
   * @param diverged creates the error to throw if the loss is NaN or infinite
   */
  add(reading: Promise<TypedArray>, samples: number, diverged: (loss: number) => Error): Promise<number> {
    const loss = reading.then(([first]) => {
      const value = Number(first);
      if (!Number.isFinite(value)) throw diverged(value);
      return value;
    });
    loss.catch(() => {}); // `settle` throws it
    this.#pending = { loss, samples };
    return loss;
  }

  /** Sum over all samples, including the last step. @throws if its loss is NaN or infinite */
  async total(): Promise<number> {
    const [before, pending] = [this.#total, this.#pending];
    return pending ? before + (await pending.loss) * pending.samples : before;
  }

  /** Waits for the last step's loss and adds it to the mean. @throws if it is NaN or infinite */
  async settle(): Promise<void> {
    const pending = this.#pending;
    if (!pending) return;
    this.#pending = undefined;
    this.#total += (await pending.loss) * pending.samples;
    this.#samples += pending.samples;
  }
}
