import { keep, type Parameter, Random, type Tensor } from '@graft/tensor';

/** What mode a forward pass has. It is passed down, so that there is no flag to forget. */
export interface Run {
  readonly training: boolean;
  /** For dropout and the like: keyed by seed and step. */
  readonly random: Random;
  /** Asks for a buffer's new value, such as running statistics; it is put in after the step. */
  update(buffer: Parameter, value: Tensor): void;
}

/** Dropout off, running statistics used and left alone. */
export const inference: Run = {
  training: false,
  random: new Random(0),
  update: () => undefined,
};

/** A forward pass of training. `commit` puts the collected buffer updates in; `take` hands them over instead. */
export class TrainingRun implements Run {
  readonly training = true;
  readonly random: Random;
  readonly #updates = new Map<Parameter, Tensor>();

  constructor(random: Random) {
    this.random = random;
  }

  update(buffer: Parameter, value: Tensor): void {
    if (buffer.frozen) return;
    this.#updates.get(buffer)?.dispose();
    this.#updates.set(buffer, keep(value));
  }

  /** Hands the collected updates over: they are the caller's to put in or to free. */
  take(): Map<Parameter, Tensor> {
    const updates = new Map(this.#updates);
    this.#updates.clear();
    for (const value of updates.values()) {
      value.kept = false;
      value.watch();
    }
    return updates;
  }

  commit(): void {
    for (const [buffer, value] of this.take()) buffer.take(value);
  }
}
