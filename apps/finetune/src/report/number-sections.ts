import { meanAbsoluteError, rootMeanSquaredError } from '@graft/train';
import type { Label, Task } from '../task/task.ts';
import type { Answered } from './answers.ts';
import { errorHistogram, scatterChart } from './answer-charts.ts';
import { markup } from './markup.ts';
import { section } from './report-page.ts';
import { textTable } from './text-table.ts';

/** Points of a chart at most. */
const mostPoints = 1000;

/** What a report shows of numbers: each answer beside the truth, how errors are spread, and what a constant answer would give. */
export function numberSections(
  { show }: Pick<Task, 'show'>,
  answers: readonly Answered[],
  learned: readonly Label[],
  classes: readonly string[],
  named: (path: string) => string,
): ReturnType<typeof section>[] {
  const points = classes.map((_, k) =>
    answers.map(({ path, values, label }) => ({
      truth: (label as Float32Array)[k]!,
      answer: values[k]!,
      label: named(path),
    })),
  );
  const rows = baselines(answers, learned, classes).map(({ name, model, mean }) => [
    name,
    show('meanAbsoluteError', model.absolute),
    show('meanAbsoluteError', mean.absolute),
    show('rootMeanSquaredError', model.squared),
    show('rootMeanSquaredError', mean.squared),
  ]);
  const quantiles = classes.map((name, k) => [
    name,
    ...[0.05, 0.25, 0.5, 0.75, 0.95].map((share) =>
      show(
        'error',
        quantile(
          points[k]!.map(({ truth, answer }) => answer - truth),
          share,
        ),
      ),
    ),
  ]);
  return [
    section(
      'Answered and true',
      markup`<div class="charts">${classes.map((name, k) => scatterChart(name, points[k]!.slice(0, mostPoints)))}</div>`,
    ),
    section(
      'Errors',
      markup`<div class="charts">${classes.map((name, k) =>
        errorHistogram(
          name,
          points[k]!.map(({ truth, answer }) => answer - truth),
        ),
      )}</div>${textTable('Quantiles of errors', ['answered − true', '5 %', '25 %', 'median', '75 %', '95 %'], quantiles)}`,
      'Below 0 too little was answered, above it too much.',
    ),
    section(
      'Against a constant',
      textTable(
        'Errors beside those of a constant answer',
        ['number', 'mean absolute error', 'of the mean', 'root mean squared error', 'of the mean'],
        rows,
      ),
      'The mean of the images that were learned from, as the answer to every image: a model that knows something is nearer.',
    ),
  ];
}

interface Errors {
  readonly absolute: number;
  readonly squared: number;
}

/** Errors of each number, and those that the mean of what was learned from would make. */
export function baselines(
  answers: readonly Answered[],
  learned: readonly Label[],
  classes: readonly string[],
): { readonly name: string; readonly model: Errors; readonly mean: Errors }[] {
  return classes.map((name, k) => {
    const mean = learned.reduce<number>((sum, label) => sum + (label as Float32Array)[k]!, 0) / learned.length;
    const truth = answers.map(({ label }) => (label as Float32Array)[k]!);
    const errors = (values: readonly number[]): Errors => {
      const [absolute, squared] = [meanAbsoluteError(), rootMeanSquaredError()].map((metric) => {
        const running = metric.start();
        running.add({ values: Float32Array.from(values), shape: [values.length, 1] }, truth);
        return running.result();
      }) as [number, number];
      return { absolute, squared };
    };
    return { name, model: errors(answers.map(({ values }) => values[k]!)), mean: errors(truth.map(() => mean)) };
  });
}

/** The value below which a share of all lies, between two of them where it falls there. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const place = share * (sorted.length - 1);
  const below = sorted[Math.floor(place)] ?? Number.NaN;
  return below + (place % 1) * ((sorted[Math.ceil(place)] ?? below) - below);
}
