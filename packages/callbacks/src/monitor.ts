import { didYouMean } from '@graft/plugin';
import { type TrainState, validationName } from '@graft/train';

export interface MonitorOptions {
  /** The number of an epoch's log to watch; default `validationLoss`, or `loss` where there is no validation. */
  readonly monitor?: string;
  /** Whether less or more is better; default what the metric says, 'min' for losses. */
  readonly mode?: 'min' | 'max';
  /** How much better counts as better. */
  readonly minDelta?: number;
  /** A second number of the log that decides between epochs that are equal; the smaller value wins. Without it the first epoch does. */
  readonly tieBreaker?: string;
}

/** Watches one number of each epoch and says whether it is the best so far. */
export class Monitor {
  readonly #options: MonitorOptions;
  best: number | undefined;
  bestEpoch = -1;
  #bestTie: number | undefined;

  constructor(options: MonitorOptions = {}) {
    const { mode, minDelta = 0 } = options;
    if (mode !== undefined && mode !== 'min' && mode !== 'max')
      throw new Error(`A monitor wants a mode of "min" or "max", got ${JSON.stringify(mode)}.`);
    if (!(minDelta >= 0)) throw new Error(`A monitor wants a minDelta of 0 or more, got ${minDelta}.`);
    this.#options = options;
  }

  /**
   * Looks at the names that the epochs' log will have, before a run.
   * @param callback whose monitor it is, for the message
   * @throws where the number to watch is not among them
   */
  check({ logNames }: TrainState, callback: string): void {
    const { monitor } = this.#options;
    const names = logNames.filter((name) => name !== 'epoch');
    if (monitor !== undefined && !names.includes(monitor))
      throw new Error(
        `${callback} cannot monitor "${monitor}".${didYouMean(monitor, names)} The log of this run has: ${names.join(', ')}.`,
      );
  }

  /**
   * Looks at the epoch that has just ended.
   * @throws where its log has no such number
   */
  isBest(state: TrainState): boolean {
    const { epoch } = state;
    const { minDelta = 0, tieBreaker } = this.#options;
    const { value, mode } = this.watched(state);
    const tie = tieBreaker === undefined ? undefined : state.log.at(-1)![tieBreaker];
    const winsTie = value === this.best && tie !== undefined && this.#bestTie !== undefined && tie < this.#bestTie;
    // NaN is never the best: nothing would be better than it.
    const better =
      winsTie ||
      (this.best === undefined
        ? !Number.isNaN(value)
        : mode === 'max'
          ? value > this.best + minDelta
          : value < this.best - minDelta);
    if (better) [this.best, this.bestEpoch, this.#bestTie] = [value, epoch, tie];
    return better;
  }

  /** The name of the number to watch, among those of a log. */
  nameIn(names: readonly string[]): string {
    return this.#options.monitor ?? (names.includes('validationLoss') ? 'validationLoss' : 'loss');
  }

  /**
   * The number to watch as it is in the latest epoch, and which way is better.
   * @throws where the log has no such number
   */
  watched({ log, metrics }: TrainState): {
    readonly name: string;
    readonly value: number;
    readonly mode: 'min' | 'max';
  } {
    const latest = log.at(-1)!;
    const name = this.nameIn(Object.keys(latest));
    const value = latest[name];
    if (value === undefined)
      throw new Error(`The epoch's log has no "${name}" to monitor. It has: ${Object.keys(latest).join(', ')}.`);
    return {
      name,
      value,
      mode:
        this.#options.mode ??
        (metrics.find((metric) => metric.name === name || validationName(metric.name) === name)?.greaterIsBetter
          ? 'max'
          : 'min'),
    };
  }

  save(): { best: number | undefined; bestEpoch: number; bestTie?: number } {
    const [best, bestTie] = [this.best, this.#bestTie];
    return { best, bestEpoch: this.bestEpoch, ...(bestTie !== undefined && { bestTie }) };
  }

  restore(saved: unknown): void {
    const { best, bestEpoch, bestTie } = (saved ?? {}) as Partial<ReturnType<Monitor['save']>>;
    this.best = typeof best === 'number' ? best : undefined;
    this.bestEpoch = typeof bestEpoch === 'number' ? bestEpoch : -1;
    this.#bestTie = typeof bestTie === 'number' ? bestTie : undefined;
  }
}
