import type { Loss } from '@graft/layers';
import { readAll, type Tensor, type TypedArray } from '@graft/tensor';
import type { Metric, Outputs, RunningMetric } from './metric.ts';

/** Outputs and targets of a step, pending on the device. */
type Reading = Promise<{ readonly outputs: Outputs; readonly targets: ArrayLike<number> }>;

/** Metrics on the outputs of an epoch's training steps. Outputs are read as late as losses, to keep the device busy. */
export class TrainingMetrics {
  readonly #metrics: readonly Metric[];
  #running: (readonly [name: string, running: RunningMetric | undefined])[] = [];
  #seen: Tensor | undefined;
  readonly #readings: Reading[] = [];

  /** @throws if two metrics have the same name */
  constructor(metrics: readonly Metric[]) {
    const names = metrics.map(({ name }) => name);
    const twice = names.find((name, i) => names.indexOf(name) < i);
    if (twice !== undefined)
      throw new Error(`Two metrics are named "${twice}", but names in the log must be unique. Remove one.`);
    this.#metrics = metrics;
  }

  /**
   * Starts an epoch, or resumes within one.
   * @param saved what `save` returned in this epoch
   * @returns the names of metrics that cannot be resumed and are NaN in this epoch
   */
  start(saved?: Readonly<Record<string, unknown>>): string[] {
    this.#running = this.#metrics.map((metric) => {
      const running = metric.start();
      if (saved === undefined) return [metric.name, running];
      if (!running.restore || !Object.hasOwn(saved, metric.name)) return [metric.name, undefined];
      try {
        running.restore(saved[metric.name]);
      } catch (error) {
        throw new Error(
          `The metric "${metric.name}" cannot be resumed, because its saved state is not valid. Resume from another checkpoint.`,
          { cause: error },
        );
      }
      return [metric.name, running];
    });
    return this.#running.filter(([, running]) => !running).map(([name]) => name);
  }

  /** Wraps the loss to keep the first outputs of each step for `read`. */
  watching(loss: Loss): Loss {
    if (!this.#metrics.length) return loss;
    return (output, target) => {
      this.#seen ??= output.retain();
      return loss(output, target);
    };
  }

  /** Starts to read a step's loss and outputs. Returns the value of the loss. */
  read(loss: Tensor, targets: ArrayLike<number>): Promise<TypedArray> {
    if (!this.#seen) return loss.array();
    const both = readAll([loss, this.#seen]);
    this.release();
    const reading: Reading = both.then(([, output]) => ({
      outputs: { values: output!.data as Float32Array, shape: output!.shape },
      targets,
    }));
    reading.catch(() => {}); // `settle` throws it
    this.#readings.push(reading);
    return both.then(([value]) => value!.data);
  }

  /** Adds the outputs read so far to the metrics, except those of the last `but` steps. */
  async settle(but = 0): Promise<void> {
    while (this.#readings.length > but) {
      const { outputs, targets } = await this.#readings.shift()!;
      for (const [, running] of this.#running) running?.add(outputs, targets);
    }
  }

  /** Frees outputs left by a failed step. */
  release(): void {
    this.#seen?.release();
    this.#seen = undefined;
  }

  results(): Record<string, number> {
    return Object.fromEntries(this.#running.map(([name, running]) => [name, running ? running.result() : Number.NaN]));
  }

  /** Saved state of the metrics in this epoch, by name; plain JSON. */
  async save(): Promise<Readonly<Record<string, unknown>>> {
    await this.settle();
    return Object.fromEntries(
      this.#running.flatMap(([name, running]) => (running?.save ? [[name, running.save() ?? null]] : [])),
    );
  }
}
