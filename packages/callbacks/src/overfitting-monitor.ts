import type { Callback } from '@graft/train';

export interface OverfittingMonitorOptions {
  /** Epochs for which the gap has to widen. */
  readonly patience?: number;
  /** How much the validation loss has to be above its best, as a share of it. */
  readonly threshold?: number;
}

/** Warns, once for each new best, that the validation loss rises while the training loss falls, and what to try. */
export function overfittingMonitor({ patience = 3, threshold = 0.02 }: OverfittingMonitorOptions = {}): Callback {
  if (!(Number.isInteger(patience) && patience >= 1))
    throw new Error(`overfittingMonitor wants a patience of 1 or more epochs, got ${patience}.`);
  if (!(threshold >= 0)) throw new Error(`overfittingMonitor wants a threshold of 0 or more, got ${threshold}.`);
  let told = -1;
  return {
    name: 'overfittingMonitor',
    afterEpoch({ log, warn }) {
      const rows = log.filter(({ validationLoss }) => Number.isFinite(validationLoss));
      const best = rows.reduce((a, b) => (!a || b['validationLoss']! < a['validationLoss']! ? b : a), rows[0]);
      if (!best || told === best['epoch']) return;
      const since = rows.slice(rows.indexOf(best));
      const widening = since
        .slice(-patience - 1)
        .every(
          (row, i, part) =>
            i === 0 || row['validationLoss']! - row['loss']! > part[i - 1]!['validationLoss']! - part[i - 1]!['loss']!,
        );
      const latest = since.at(-1)!;
      if (
        since.length <= patience ||
        !widening ||
        !(latest['loss']! < best['loss']!) ||
        !(latest['validationLoss']! > best['validationLoss']! * (1 + threshold))
      )
        return;
      told = best['epoch']!;
      warn(
        `Overfitting since epoch ${told}: the validation loss rose from ${best['validationLoss']!.toPrecision(3)} to ${latest['validationLoss']!.toPrecision(3)} while the training loss fell to ${latest['loss']!.toPrecision(3)}; try earlyStopping, more augmentation, mixup, weight decay or dropout, or fewer layers that learn.`,
      );
    },
    save: () => ({ told }),
    restore: (saved) => void (told = Number((saved as { told?: unknown } | undefined)?.told ?? -1)),
  };
}
