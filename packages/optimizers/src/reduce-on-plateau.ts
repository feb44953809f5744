import type { Schedule } from './schedule.ts';

/** Options of {@link reduceOnPlateau}. */
export interface ReduceOnPlateauOptions {
  readonly from: number;
  /** Multiplies the learning rate; default 0.1. */
  readonly factor?: number;
  /** Number of observations without improvement to tolerate; default 10. */
  readonly patience?: number;
  /** The smallest change that counts as an improvement: a fraction of the best value if `relative`, otherwise a difference. Default 1e-4. */
  readonly threshold?: number;
  readonly relative?: boolean;
  /** Number of observations to ignore after a reduction. */
  readonly cooldown?: number;
  readonly least?: number;
  /** Whether lower or higher is better; default 'min'. */
  readonly mode?: 'min' | 'max';
}

/** Reduces the learning rate when a metric, such as the validation loss, stops improving, as in PyTorch's `ReduceLROnPlateau`. Pass `schedule` to the optimizer, and `observe` the metric after each epoch. */
export class ReduceOnPlateau {
  readonly #options: Required<ReduceOnPlateauOptions>;
  #rate: number;
  #best: number | undefined;
  #bad = 0;
  #cooling = 0;

  constructor({
    from,
    factor = 0.1,
    patience = 10,
    threshold = 1e-4,
    relative = true,
    cooldown = 0,
    least = 0,
    mode = 'min',
  }: ReduceOnPlateauOptions) {
    if (!(from >= 0))
      throw new Error(`reduceOnPlateau expects a learning rate of 0 or more to start from, got ${from}.`);
    if (!(factor > 0 && factor < 1))
      throw new Error(`reduceOnPlateau expects a factor between 0 and 1, got ${factor}.`);
    for (const [name, value] of Object.entries({ patience, threshold, cooldown, least }))
      if (!(value >= 0)) throw new Error(`reduceOnPlateau expects "${name}" to be 0 or more, got ${value}.`);
    if (mode !== 'min' && mode !== 'max')
      throw new Error(`reduceOnPlateau expects a mode of "min" or "max", got "${String(mode)}".`);
    this.#options = { from, factor, patience, threshold, relative, cooldown, least, mode };
    this.#rate = from;
  }

  /** The current learning rate, independent of the step. */
  readonly schedule: Schedule = () => this.#rate;

  /** Records a new value. Returns whether the learning rate was reduced. */
  observe(value: number): boolean {
    const { factor, patience, cooldown, least } = this.#options;
    if (this.#isBetter(value)) [this.#best, this.#bad] = [value, 0];
    else this.#bad++;
    if (this.#cooling > 0) [this.#cooling, this.#bad] = [this.#cooling - 1, 0];
    if (this.#bad <= patience) return false;
    [this.#cooling, this.#bad] = [cooldown, 0];
    const next = Math.max(this.#rate * factor, least);
    const reduced = this.#rate - next > 1e-8; // PyTorch's eps: smaller changes are ignored
    if (reduced) this.#rate = next;
    return reduced;
  }

  /** The state for a checkpoint, as plain JSON. */
  save(): { readonly rate: number; readonly best: number | null; readonly bad: number; readonly cooling: number } {
    return { rate: this.#rate, best: this.#best ?? null, bad: this.#bad, cooling: this.#cooling };
  }

  /** Restores the state of `save`. */
  restore({ rate, best, bad, cooling }: ReturnType<ReduceOnPlateau['save']>): void {
    [this.#rate, this.#best, this.#bad, this.#cooling] = [rate, best ?? undefined, bad, cooling];
  }

  #isBetter(value: number): boolean {
    const { mode, relative, threshold } = this.#options;
    if (this.#best === undefined) return !Number.isNaN(value);
    if (mode === 'min') return value < (relative ? this.#best * (1 - threshold) : this.#best - threshold);
    return value > (relative ? this.#best * (1 + threshold) : this.#best + threshold);
  }
}

/** Creates a {@link ReduceOnPlateau}. */
export const reduceOnPlateau = (options: ReduceOnPlateauOptions): ReduceOnPlateau => new ReduceOnPlateau(options);
