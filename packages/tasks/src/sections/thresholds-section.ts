import { htmlTable, markup, percent, precisionRecallChart, type ReportSection } from '@graft/report';

/** Labels that have a chart. */
const mostCharts = 12;

/** What a threshold gives. */
export interface Threshold {
  /** A probability from which the label is predicted. */
  readonly threshold: number;
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
}

/** What each threshold that changes something gives, from the highest down; nothing where no example has the label. */
export function precisionRecall(scores: readonly { readonly logit: number; readonly is: boolean }[]): Threshold[] {
  const all = scores.filter(({ is }) => is).length;
  const sorted = [...scores].sort((a, b) => b.logit - a.logit);
  const found: Threshold[] = [];
  let hits = 0;
  for (const [i, { logit, is }] of sorted.entries()) {
    hits += Number(is);
    if (sorted[i + 1]?.logit === logit) continue; // equal ones are on one side
    found.push({
      threshold: 1 / (1 + Math.exp(-logit)),
      precision: hits / (i + 1),
      recall: hits / all,
      f1: (2 * hits) / (i + 1 + all),
    });
  }
  return all ? found : [];
}

const bestOf = (curve: readonly Threshold[]): Threshold | undefined =>
  curve.reduce<Threshold | undefined>((best, one) => (best && best.f1 >= one.f1 ? best : one), undefined);

/** The best threshold of each label, and its precision-recall curve. */
export const thresholdsSection: ReportSection = {
  name: 'thresholds',
  title: 'Thresholds',
  lead: 'A label is predicted above 50 %. These thresholds would be best for the held-out examples; with few examples they are mostly chance.',
  order: 30,
  render({ names, examples }) {
    const curves = names.map((_, k) =>
      precisionRecall(
        examples.map(({ values, label }) => ({ logit: values[k]!, is: (label as Float32Array)[k] === 1 })),
      ),
    );
    // The worst ones are the most informative.
    const shown = names
      .map((name, k) => ({ name, curve: curves[k]!, best: bestOf(curves[k]!) }))
      .filter(({ curve }) => curve.length)
      .sort((a, b) => (a.best?.f1 ?? 0) - (b.best?.f1 ?? 0));
    const rows = shown.map(({ name, best }) => [
      name,
      ...(best
        ? [percent(best.threshold), percent(best.f1), percent(best.precision), percent(best.recall)]
        : ['–', '–', '–', '–']),
    ]);
    return markup`${htmlTable('Best thresholds', ['label', 'best threshold', 'F1 there', 'precision', 'recall'], rows)}<div class="charts">${shown.slice(0, mostCharts).map(({ name, curve, best }) => precisionRecallChart(name, curve, best ? `best F1 at ${percent(best.threshold)}` : ''))}</div>${shown.length > mostCharts ? markup`<p>The ${mostCharts} labels with the lowest F1, of ${shown.length}.</p>` : ''}`;
  },
};
