import {
  add,
  type HostArray,
  keep,
  mul,
  type Parameter,
  readAll,
  sameShape,
  scope,
  sub,
  type Tensor,
  tensor,
} from '@graft/tensor';

/** A running average of a model's weights, which often generalises better. */
export class WeightAverage {
  readonly parameters: readonly Parameter[];
  /** Number of updates so far. */
  updates = 0;
  readonly #share: (updates: number) => number;
  #averages: Tensor[];

  /** @param share weight of the new values, as a function of the number of previous updates */
  constructor(parameters: readonly Parameter[], share: (updates: number) => number) {
    if (!parameters.length) throw new Error('A weight average expects at least one parameter, got none.');
    this.parameters = parameters;
    this.#share = share;
    this.#averages = scope(() => parameters.map(({ value }) => keep(mul(value, 1))));
  }

  /** Adds the current weights to the average; call it after each step or epoch. */
  update(): void {
    const share = this.updates === 0 ? 1 : this.#share(this.updates);
    this.#replace(() =>
      this.parameters.map(({ value }, i) =>
        share === 1 ? mul(value, 1) : add(this.#averages[i]!, mul(sub(value, this.#averages[i]!), share)),
      ),
    );
    this.updates++;
  }

  /** Swaps the model's weights and the average; a second call swaps them back. */
  swap(): void {
    const averages = this.#averages;
    this.#averages = scope(() => this.parameters.map(({ value }) => keep(mul(value, 1))));
    for (const [i, average] of averages.entries()) {
      this.parameters[i]!.value = average;
      average.dispose();
    }
  }

  /** The averages by parameter name, for a checkpoint. */
  async state(): Promise<Map<string, HostArray>> {
    const values = await readAll(this.#averages);
    return new Map(values.map((value, i) => [this.#key(i), value]));
  }

  /**
   * Restores a saved state.
   * @throws if it belongs to another model; nothing is changed in that case
   */
  restore(state: ReadonlyMap<string, HostArray>, updates: number): void {
    const saved = this.#averages.map(({ shape }, i) => {
      const found = state.get(this.#key(i));
      if (!found || !sameShape(found.shape, shape))
        throw new Error(
          `The saved weight average has no "${this.#key(i)}" of [${shape}]. It belongs to another model.`,
        );
      return found;
    });
    this.#replace(() =>
      saved.map(({ data, shape, dtype }, i) => tensor(data, { shape, dtype, backend: this.#averages[i]!.backend })),
    );
    this.updates = updates;
  }

  /** Frees the averages. */
  dispose(): void {
    for (const average of this.#averages.splice(0)) average.dispose();
  }

  #replace(make: () => Tensor[]): void {
    const next = scope(() => make().map(keep));
    for (const old of this.#averages) old.dispose();
    this.#averages = next;
  }

  #key(i: number): string {
    return this.parameters[i]!.name || String(i);
  }
}

/** Exponential moving average: each update takes 1 − `decay` of the new weights (Polyak and Juditsky 1992). To avoid lag, early decay is at most (1 + updates) / (10 + updates). */
export function exponentialAverage(
  parameters: readonly Parameter[],
  { decay = 0.999, ramp = true }: { decay?: number; ramp?: boolean } = {},
): WeightAverage {
  if (!(decay >= 0 && decay < 1)) throw new Error(`exponentialAverage expects a decay in [0, 1), got ${decay}.`);
  return new WeightAverage(
    parameters,
    (updates) => 1 - (ramp ? Math.min(decay, (1 + updates) / (10 + updates)) : decay),
  );
}

/** Stochastic weight averaging: the mean of all weights added, such as at the end of each epoch (Izmailov et al. 2018). */
export const equalAverage = (parameters: readonly Parameter[]): WeightAverage =>
  new WeightAverage(parameters, (updates) => 1 / (updates + 1));
