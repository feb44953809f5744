import type { TrainState } from '@graft/train';

export interface MonitorOptions {
  /** The number of an epoch's log to watch; default `validationLoss`, or `loss` where there is no validation. */
  readonly monitor?: string;
  /** Whether less or more is better; default: 'max' for names that end in Accuracy, F1 or the like, else 'min'. */
  readonly mode?: 'min' | 'max';
  /** How much better counts as better. */
  readonly minDelta?: number;
}

/** Watches one number of each epoch and says whether it is the best so far. */
export class Monitor {
  readonly #options: MonitorOptions;
  best: number | undefined;
  bestEpoch = -1;

  constructor(options: MonitorOptions = {}) {
    this.#options = options;
  }

  /**
   * Looks at the epoch that has just ended.
   * @throws where its log has no such number
   */
  isBest({ log, epoch }: TrainState): boolean {
    const latest = log.at(-1)!;
    const { minDelta = 0 } = this.#options;
    const name = this.#options.monitor ?? ('validationLoss' in latest ? 'validationLoss' : 'loss');
    const value = latest[name];
    if (value === undefined) throw new Error(`The epoch's log has no "${name}" to monitor. It has: ${Object.keys(latest).join(', ')}.`);
    const higher = (this.#options.mode ?? (/(accuracy|f1|precision|recall|auc|dice|iou)$/i.test(name) ? 'max' : 'min')) === 'max';
    const better = this.best === undefined || (higher ? value > this.best + minDelta : value < this.best - minDelta);
    if (better) [this.best, this.bestEpoch] = [value, epoch];
    return better;
  }

  save(): { best: number | undefined; bestEpoch: number } {
    return { best: this.best, bestEpoch: this.bestEpoch };
  }

  restore(saved: unknown): void {
    const { best, bestEpoch } = saved as ReturnType<Monitor['save']>;
    this.best = typeof best === 'number' ? best : undefined;
    this.bestEpoch = typeof bestEpoch === 'number' ? bestEpoch : -1;
  }
}
