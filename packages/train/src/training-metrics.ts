import type { Loss } from '@graft/layers';
import { readAll, type Tensor, type TypedArray } from '@graft/tensor';
import type { Metric, Outputs, RunningMetric } from './metric.ts';

/** Outputs and targets of a step that are on their way from the device. */
type Reading = Promise<{ readonly outputs: Outputs; readonly targets: ArrayLike<number> }>;

/** Metrics of the outputs that an epoch learns from, as they were when they were learned from. They are read as late as losses are. */
export class TrainingMetrics {
  readonly #metrics: readonly Metric[];
  #running: (readonly [name: string, running: RunningMetric | undefined])[] = [];
  #seen: Tensor | undefined;
  readonly #readings: Reading[] = [];

  /** @throws where two metrics have one name */
  constructor(metrics: readonly Metric[]) {
    const names = metrics.map(({ name }) => name);
    const twice = names.find((name, i) => names.indexOf(name) < i);
    if (twice !== undefined)
      throw new Error(`Two metrics are called "${twice}", and the log has one number of each name. Leave one out.`);
    this.#metrics = metrics;
  }

  /**
   * Begins an epoch, or goes on within one.
   * @param saved what `save` gave in this epoch
   * @returns the names of metrics that cannot go on: they are NaN in this epoch
   */
  start(saved?: Readonly<Record<string, unknown>>): string[] {
    this.#running = this.#metrics.map((metric) => {
      const running = metric.start();
      if (saved === undefined) return [metric.name, running];
      if (!running.restore || !Object.hasOwn(saved, metric.name)) return [metric.name, undefined];
      running.restore(saved[metric.name]);
      return [metric.name, running];
    });
    return this.#running.filter(([, running]) => !running).map(([name]) => name);
  }

  /** The loss, whose first outputs in each step are kept for `read`. */
  watching(loss: Loss): Loss {
    if (!this.#metrics.length) return loss;
    return (output, target) => {
      this.#seen ??= output.retain();
      return loss(output, target);
    };
  }

  /** Begins to read a step's loss, and its outputs with it. Returns the loss's value. */
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

  /** Counts what was read, but for the last steps. */
  async settle(but = 0): Promise<void> {
    while (this.#readings.length > but) {
      const { outputs, targets } = await this.#readings.shift()!;
      for (const [, running] of this.#running) running?.add(outputs, targets);
    }
  }

  /** Frees what a step that failed has left. */
  release(): void {
    this.#seen?.release();
    this.#seen = undefined;
  }

  results(): Record<string, number> {
    return Object.fromEntries(this.#running.map(([name, running]) => [name, running ? running.result() : Number.NaN]));
  }

  /** What has been counted in this epoch, by name; plain JSON. */
  async save(): Promise<Readonly<Record<string, unknown>>> {
    await this.settle();
    return Object.fromEntries(
      this.#running.flatMap(([name, running]) => (running?.save ? [[name, running.save() ?? null]] : [])),
    );
  }
}
