import { errorHistogram, htmlTable, markup, type ReportSection } from '@graft/report';

/** A quantile of values, interpolated linearly. */
export function quantile(values: readonly number[], fraction: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const place = fraction * (sorted.length - 1);
  const below = sorted[Math.floor(place)] ?? Number.NaN;
  return below + (place % 1) * ((sorted[Math.ceil(place)] ?? below) - below);
}

/** The distribution of errors. */
export const errorsSection: ReportSection = {
  name: 'errors',
  title: 'Errors',
  lead: 'Predicted − true: negative if the prediction is too small, positive if it is too large.',
  order: 32,
  render({ names, examples, objective }) {
    const errors = names.map((_, k) => examples.map(({ values, label }) => values[k]! - (label as Float32Array)[k]!));
    const rows = names.map((name, k) => [
      name,
      ...[0.05, 0.25, 0.5, 0.75, 0.95].map((fraction) => objective.show('error', quantile(errors[k]!, fraction))),
    ]);
    return markup`<div class="charts">${names.map((name, k) => errorHistogram(name, errors[k]!))}</div>${htmlTable('Quantiles of errors', ['predicted − true', '5 %', '25 %', 'median', '75 %', '95 %'], rows)}`;
  },
};
