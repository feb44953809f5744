import { keep, type Parameter, Random, type Tensor } from '@graft/tensor';

/** The mode of a forward pass. It is passed as an argument, so there is no flag to forget. */
export interface Run {
  readonly training: boolean;
  /** For dropout and similar layers: keyed by seed and step. */
  readonly random: Random;
  /** Requests a new value for a buffer, such as running statistics; applied after the step. */
  update(buffer: Parameter, value: Tensor): void;
}

/** Inference mode: dropout is off, running statistics are used and not updated. */
export const inference: Run = {
  training: false,
  random: new Random(0),
  update: () => undefined,
};

/** A forward pass in training. `commit` applies the collected buffer updates; `take` returns them instead. */
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

  /** Returns the collected updates; the caller must apply or free them. */
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
