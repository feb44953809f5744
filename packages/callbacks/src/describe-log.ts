import type { EpochLog } from '@graft/train';

/** Formats an epoch's log for display: `loss 0.412 · validation accuracy 93.5 %`. */
export function describeLog(log: EpochLog): string {
  return Object.entries(log)
    .filter(([name]) => name !== 'epoch')
    .map(
      ([name, value]) =>
        `${name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)} ${/accuracy/i.test(name) ? `${(100 * value).toFixed(1)} %` : showNumber(value)}`,
    )
    .join(' · ');
}

/** Formats a number with three significant digits; values below 0.001 are shown as 0.000. */
export function showNumber(value: number): string {
  const size = Math.abs(value);
  if (size < 1e-3) return '0.000';
  return size < 1000 ? value.toPrecision(3) : size < 1e6 ? value.toFixed(0) : value.toExponential(2);
}
