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

/** A running average of weights beside those that learn: it often generalises better. */
export class WeightAverage {
  readonly parameters: readonly Parameter[];
  /** Updates made so far. */
  updates = 0;
  readonly #share: (updates: number) => number;
  #averages: Tensor[];

  /** @param share how much of the new weights is taken, by the number of updates before */
  constructor(parameters: readonly Parameter[], share: (updates: number) => number) {
    if (!parameters.length) throw new Error('A weight average got no parameter.');
    this.parameters = parameters;
    this.#share = share;
    this.#averages = scope(() => parameters.map(({ value }) => keep(mul(value, 1))));
  }

  /** Takes the weights as they are now in; after each step, or each epoch. */
  update(): void {
    const share = this.updates === 0 ? 1 : this.#share(this.updates);
    this.#replace(() =>
      this.parameters.map(({ value }, i) =>
        share === 1 ? mul(value, 1) : add(this.#averages[i]!, mul(sub(value, this.#averages[i]!), share)),
      ),
    );
    this.updates++;
  }

  /** Exchanges the model's weights and the average; a second time puts them back. */
  swap(): void {
    const averages = this.#averages;
    this.#averages = scope(() => this.parameters.map(({ value }) => keep(mul(value, 1))));
    for (const [i, average] of averages.entries()) {
      this.parameters[i]!.value = average;
      average.dispose();
    }
  }

  /** The averages by parameter name, for a checkpoint: as they are at the call. */
  async state(): Promise<Map<string, HostArray>> {
    const values = await readAll(this.#averages);
    return new Map(values.map((value, i) => [this.#key(i), value]));
  }

  /**
   * Puts a remembered state back.
   * @throws where it belongs to another model; nothing is changed then
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

/** An average that forgets: each update takes 1 − `decay` of the new weights (Polyak and Juditsky 1992). Early ones take more, so that it does not lag behind: decay is at most (1 + updates) / (10 + updates). */
export function exponentialAverage(
  parameters: readonly Parameter[],
  { decay = 0.999, ramp = true }: { decay?: number; ramp?: boolean } = {},
): WeightAverage {
  if (!(decay >= 0 && decay < 1))
    throw new Error(`exponentialAverage wants a decay from 0 up to, not including, 1; got ${decay}.`);
  return new WeightAverage(
    parameters,
    (updates) => 1 - (ramp ? Math.min(decay, (1 + updates) / (10 + updates)) : decay),
  );
}

/** The mean of all weights that were taken in, as at the end of each epoch: stochastic weight averaging (Izmailov et al. 2018). */
export const equalAverage = (parameters: readonly Parameter[]): WeightAverage =>
  new WeightAverage(parameters, (updates) => 1 / (updates + 1));
