import { htmlTable, markup, percent, precisionRecallChart, type ReportSection } from '@graft/report';

const maxCharts = 12;

/** A decision threshold and its scores. */
export interface Threshold {
  /** The label is predicted if its probability is at least this value. */
  readonly threshold: number;
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
}

/** The precision-recall curve: scores at each distinct threshold, from highest to lowest. Empty if no example has the label. */
export function precisionRecall(scores: readonly { readonly logit: number; readonly is: boolean }[]): Threshold[] {
  const all = scores.filter(({ is }) => is).length;
  const sorted = [...scores].sort((a, b) => b.logit - a.logit);
  const found: Threshold[] = [];
  let hits = 0;
  for (const [i, { logit, is }] of sorted.entries()) {
    hits += Number(is);
    if (sorted[i + 1]?.logit === logit) continue; // a threshold cannot separate equal scores
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
  lead: 'The model predicts a label above 50 %. These thresholds maximise F1 on the held-out examples; with few examples they are unreliable.',
  order: 30,
  render({ names, examples }) {
    const curves = names.map((_, k) =>
      precisionRecall(
        examples.map(({ values, label }) => ({ logit: values[k]!, is: (label as Float32Array)[k] === 1 })),
      ),
    );
    // Labels with low scores come first, because their charts are the most informative.
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
    return markup`${htmlTable('Best thresholds', ['label', 'best threshold', 'F1', 'precision', 'recall'], rows)}<div class="charts">${shown.slice(0, maxCharts).map(({ name, curve, best }) => precisionRecallChart(name, curve, best ? `best F1 at ${percent(best.threshold)}` : ''))}</div>${shown.length > maxCharts ? markup`<p>Showing the ${maxCharts} labels with the lowest F1 of ${shown.length}.</p>` : ''}`;
  },
};
