import { percent } from '../quantities.ts';
import type { Answered } from './answers.ts';
import { precisionRecallChart } from './answer-charts.ts';
import { type Markup, markup } from './markup.ts';
import { section } from './report-page.ts';
import { textTable } from './text-table.ts';

/** Labels that have a chart, and those for which a table of pairs can be taken in. */
const [mostCharts, mostPaired] = [12, 20];

/** What a report shows of labels that are each a yes or no: where the line between them may be drawn, and which come together. */
export function labelSections(answers: readonly Answered[], classes: readonly string[]): ReturnType<typeof section>[] {
  const curves = classes.map((_, k) =>
    precisionRecall(answers.map(({ values, label }) => ({ logit: values[k]!, is: (label as Float32Array)[k] === 1 }))),
  );
  // Those that are told worst say most.
  const shown = classes
    .map((name, k) => ({ name, curve: curves[k]!, best: bestOf(curves[k]!) }))
    .filter(({ curve }) => curve.length)
    .sort((a, b) => (a.best?.f1 ?? 0) - (b.best?.f1 ?? 0));
  const rows = shown.map(({ name, best }) => [
    name,
    ...(best
      ? [percent(best.threshold), percent(best.f1), percent(best.precision), percent(best.recall)]
      : ['–', '–', '–', '–']),
  ]);
  return [
    section(
      'Thresholds',
      markup`${textTable('Best thresholds', ['label', 'best threshold', 'F1 there', 'precision', 'recall'], rows)}<div class="charts">${shown.slice(0, mostCharts).map(({ name, curve, best }) => precisionRecallChart(name, curve, best ? `best F1 at ${percent(best.threshold)}` : ''))}</div>${shown.length > mostCharts ? markup`<p>The ${mostCharts} labels that are told worst, of ${shown.length}.</p>` : ''}`,
      'A label counts as there above 50 %. These would be the best thresholds for the images that were held back: of few images they are chance.',
    ),
    section(
      'Labels together',
      classes.length <= mostPaired
        ? pairs(answers, classes)
        : markup`<p>${classes.length} labels are too many to show which come together.</p>`,
      'Images that have both labels, and after the stroke those that were said to have both.',
    ),
  ];
}

export interface Threshold {
  /** A probability from which the label counts as there. */
  readonly threshold: number;
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
}

/** What each threshold that changes something gives, from the highest down; nothing where no image has the label. */
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

function pairs(answers: readonly Answered[], classes: readonly string[]): Markup {
  const count = (has: (answer: Answered, k: number) => boolean, a: number, b: number): number =>
    answers.filter((answer) => has(answer, a) && has(answer, b)).length;
  const [truth, said] = [
    ({ label }: Answered, k: number): boolean => (label as Float32Array)[k] === 1,
    ({ values }: Answered, k: number): boolean => values[k]! > 0,
  ];
  const rows = classes.map((name, a) => [
    name,
    ...classes.map((_, b) => `${count(truth, a, b)} / ${count(said, a, b)}`),
  ]);
  return textTable('Labels that occur together', ['', ...classes], rows);
}
