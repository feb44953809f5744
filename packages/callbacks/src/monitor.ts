import { didYouMean } from '@graft/plugin';
import { type TrainState, validationName } from '@graft/train';

/** Options of {@link Monitor} and the callbacks that use it. */
export interface MonitorOptions {
  /** Name of the number in the log to monitor; default `validationLoss`, or `loss` without validation. */
  readonly monitor?: string;
  /** Whether smaller or greater is better; by default as the metric defines it, and 'min' for losses. */
  readonly mode?: 'min' | 'max';
  /** Smallest change that counts as an improvement; default 0. */
  readonly minDelta?: number;
  /** Name of a second number in the log that decides between equal epochs: the smaller value wins. By default the first epoch wins. */
  readonly tieBreaker?: string;
}

/** Monitors one number of each epoch and decides whether it is the best so far. */
export class Monitor {
  readonly #options: MonitorOptions;
  best: number | undefined;
  bestEpoch = -1;
  #bestTie: number | undefined;

  constructor(options: MonitorOptions = {}) {
    const { mode, minDelta = 0 } = options;
    if (mode !== undefined && mode !== 'min' && mode !== 'max')
      throw new Error(`A monitor expects a mode of "min" or "max", got ${JSON.stringify(mode)}.`);
    if (!(minDelta >= 0)) throw new Error(`A monitor expects the option minDelta to be 0 or more, got ${minDelta}.`);
    this.#options = options;
  }

  /**
   * Checks before a run that its log will contain the monitored number.
   * @param callback name of the callback, for the error message
   * @throws if the log will not contain it
   */
  check({ logNames }: TrainState, callback: string): void {
    const { monitor } = this.#options;
    const names = logNames.filter((name) => name !== 'epoch');
    if (monitor !== undefined && !names.includes(monitor))
      throw new Error(
        `${callback} cannot monitor "${monitor}".${didYouMean(monitor, names)} Use one of: ${names.join(', ')}.`,
      );
  }

  /**
   * Whether the epoch that has just ended is the best so far.
   * @throws if its log does not contain the monitored number
   */
  isBest(state: TrainState): boolean {
    const { epoch } = state;
    const { minDelta = 0, tieBreaker } = this.#options;
    const { value, mode } = this.watched(state);
    const tie = tieBreaker === undefined ? undefined : state.log.at(-1)![tieBreaker];
    const winsTie = value === this.best && tie !== undefined && this.#bestTie !== undefined && tie < this.#bestTie;
    // NaN must not become the best, because no number compares as better.
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

  /** The name of the monitored number, given the names in a log. */
  nameIn(names: readonly string[]): string {
    return this.#options.monitor ?? (names.includes('validationLoss') ? 'validationLoss' : 'loss');
  }

  /**
   * The monitored number in the latest epoch, and whether smaller or greater is better.
   * @throws if the log does not contain it
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
      throw new Error(`The log does not contain "${name}" to monitor. Use one of: ${Object.keys(latest).join(', ')}.`);
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
