import type { Callback } from '@graft/train';

/** Options of {@link overfittingMonitor}. */
export interface OverfittingMonitorOptions {
  /** Number of consecutive epochs in which the gap must widen; default 3. */
  readonly patience?: number;
  /** How far the validation loss must be above its best, as a fraction of the best; default 0.02. */
  readonly threshold?: number;
}

/** Warns when the validation loss rises while the training loss falls, once per best epoch, and suggests what to try. */
export function overfittingMonitor({ patience = 3, threshold = 0.02 }: OverfittingMonitorOptions = {}): Callback {
  if (!(Number.isInteger(patience) && patience >= 1))
    throw new Error(`overfittingMonitor expects a patience of 1 or more epochs, got ${patience}.`);
  if (!(threshold >= 0)) throw new Error(`overfittingMonitor expects a threshold of 0 or more, got ${threshold}.`);
  let warnedOf = -1;
  return {
    name: 'overfittingMonitor',
    afterEpoch({ log, warn }) {
      const rows = log.filter(({ validationLoss }) => Number.isFinite(validationLoss));
      const best = rows.reduce((a, b) => (!a || b['validationLoss']! < a['validationLoss']! ? b : a), rows[0]);
      if (!best || warnedOf === best['epoch']) return;
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
      warnedOf = best['epoch']!;
      warn(
        `Overfitting since epoch ${warnedOf}: the validation loss rose from ${best['validationLoss']!.toPrecision(3)} to ${latest['validationLoss']!.toPrecision(3)} while the training loss fell to ${latest['loss']!.toPrecision(3)}; try earlyStopping, more augmentation, mixup, weight decay or dropout, or train fewer layers.`,
      );
    },
    save: () => ({ told: warnedOf }),
    restore: (saved) => void (warnedOf = Number((saved as { told?: unknown } | undefined)?.told ?? -1)),
  };
}
