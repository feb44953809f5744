import { numberCell } from '@graft/data';
import { meanSquaredError, Sequential } from '@graft/layers';
import { counted, duration, escapeMarkdown, markdownTable, markup, textTable } from '@graft/report';
import { meanAbsoluteError, r2, rootMeanSquaredError } from '@graft/train';
import { inUnitsOf, Rescaling, standardisation } from '@graft/transfer';
import { heldOutSentence } from '../held-out-sentence.ts';
import type { Objective } from '../objective.ts';
import { expectColumns, expectNoSeparator, readTargets } from '../read-targets.ts';
import { baselines, baselineSection } from '../sections/baseline-section.ts';
import { errorsSection } from '../sections/errors-section.ts';
import { predictedSection } from '../sections/predicted-section.ts';
import { quarters } from './strata.ts';

/** Formats a number with at most five significant digits. */
const short = (value: number): string => String(Number(value.toPrecision(5)));

/** The rounding to float32 that is noticed, as a fraction of the standard deviation. */
const noticed = 1e-3;

/** A sentence if float32, in which networks compute, cannot distinguish a column's numbers. */
function lostDigits(column: string, numbers: readonly number[]): string[] {
  const mean = numbers.reduce((sum, value) => sum + value / numbers.length, 0);
  const deviation = Math.sqrt(numbers.reduce((sum, value) => sum + (value - mean) ** 2 / numbers.length, 0));
  const changed = numbers.find((value) => Math.abs(value - Math.fround(value)) > noticed * deviation);
  if (changed === undefined || deviation === 0) return [];
  return [
    `The numbers in "${column}" vary less than float32 can represent: ${changed} becomes ${Math.fround(changed)}, with a standard deviation of ${short(deviation)}. Subtract a constant such as ${short(mean)} from them, because scores and predictions are rounded, too.`,
  ];
}

/** Predicts one or more numbers per example, from table columns. The model standardises targets internally and predicts in the original units. */
export const regression: Objective = {
  name: 'regression',
  noun: ['number', 'numbers'],
  outputName: 'values',
  metrics: [r2(), meanAbsoluteError(), rootMeanSquaredError()],
  exclusive: false,
  preserves: { extent: true, colour: true },
  score: 'r2',
  fractions: false,
  titles: { r2: 'R²', meanAbsoluteError: 'mean absolute error', rootMeanSquaredError: 'root mean squared error' },
  show: (metric, value) => (metric === 'r2' ? value.toFixed(3) : short(value)),
  targets(examples, columns) {
    expectNoSeparator(examples, 'regression reads numbers');
    expectColumns(examples, 'Regression', 'path and target');
    const names = columns ?? ['target'];
    const { targets, problems } = readTargets(examples, (fields) =>
      names.map((column) => numberCell(fields, column, 'targets')),
    );
    return {
      names,
      labels: targets.map((numbers) => numbers && Float32Array.from(numbers)),
      problems,
      warnings: names.flatMap((name, k) =>
        lostDigits(
          name,
          targets.flatMap((numbers) => (numbers ? [numbers[k]!] : [])),
        ),
      ),
      ...(columns && { columns }),
    };
  },
  columnsFor: (names) => names,
  strata: (labels, parts) =>
    quarters(
      labels.map((label) => (label as Float32Array)[0]!),
      parts,
    ),
  learning(names, labels) {
    const units = standardisation(labels as readonly Float32Array[]);
    return {
      outputs: names.length,
      link: 'identity',
      finish: (head) => new Sequential(head, new Rescaling(units)),
      loss: (chosen) => inUnitsOf(units.scale, chosen ?? meanSquaredError()),
    };
  },
  activate: (outputs) => outputs,
  columns: ['prediction'],
  predict(values, names) {
    const text = values.map(short).join(', ');
    return {
      json: { values: Object.fromEntries(names.map((name, k) => [name, values[k]])) },
      text,
      row: [names.length === 1 ? text : names.map((name, k) => `${name} ${short(values[k]!)}`).join(', ')],
    };
  },
  verdict: (values, label) => ({
    prediction: Array.from(values, short).join(', '),
    truth: Array.from(label as Float32Array, short).join(', '),
  }),
  distance(labels) {
    if (!labels.length) return () => 0;
    const { scale } = standardisation(labels as readonly Float32Array[]);
    return (values, label) =>
      Math.sqrt(values.reduce((sum, value, k) => sum + ((value - (label as Float32Array)[k]!) / scale[k]!) ** 2, 0));
  },
  compare: (values, label, names) =>
    Array.from(label as Float32Array, (truth, k) => {
      const error = values[k]! - truth;
      return `${names.length === 1 ? '' : `${names[k]!} `}predicted ${short(values[k]!)}, true ${short(truth)} (${error < 0 ? '−' : '+'}${short(Math.abs(error))})`;
    }).join(' · '),
  evaluator(names) {
    const columns = names.map(() => regression.metrics.map(({ name, start }) => ({ name, ...start() })));
    let samples = 0;
    return {
      add({ values, shape }, labels) {
        samples += shape[0]!;
        for (const [k, metrics] of columns.entries()) {
          const column = (all: ArrayLike<number>): Float32Array =>
            Float32Array.from({ length: shape[0]! }, (_, n) => all[n * names.length + k]!);
          for (const metric of metrics) metric.add({ values: column(values), shape: [shape[0]!, 1] }, column(labels));
        }
      },
      result() {
        const found = columns.map((metrics) => metrics.map(({ name, result }) => [name, result()] as const));
        const head = ['target', ...regression.metrics.map(({ name }) => regression.titles[name]!)];
        const rows = found.map((values, k) => [
          names[k]!,
          ...values.map(([name, value]) => regression.show(name, value)),
        ]);
        const score = found.reduce((sum, values) => sum + new Map(values).get(regression.score)!, 0) / found.length;
        return {
          score,
          samples,
          head,
          rows,
          json: {
            [regression.score]: score,
            samples,
            rows: found.map((values, k) => ({ target: names[k]!, ...Object.fromEntries(values) })),
          },
          text: `${textTable(head, rows)}\non ${counted(samples, 'example')}`,
        };
      },
    };
  },
  headline: ({ evaluation: { score, samples }, noun: [one], seconds }) =>
    markup`R² <strong>${regression.show('r2', score)}</strong> on ${counted(samples, `held-out ${one}`)} <span>(${duration(seconds)} of training)</span>`,
  sections: [predictedSection, errorsSection, baselineSection],
  card(run) {
    const {
      names,
      evaluation,
      trainingLabels,
      examples,
      noun: [one, many],
    } = run;
    const ranges = names.map((name, k) => {
      const values = trainingLabels.map((label) => (label as Float32Array)[k]!);
      const [low, high] = values.reduce(
        ([low, high], value) => [Math.min(low, value), Math.max(high, value)],
        [Infinity, -Infinity],
      );
      return { name, low, high, mean: values.reduce((a, b) => a + b, 0) / values.length };
    });
    const compared = evaluation ? baselines(run) : [];
    const worse = compared
      .filter(({ model, mean }) => model.squared >= mean.squared)
      .map(({ name }) => escapeMarkdown(name));
    return {
      kind: `A regression model that predicts ${counted(names.length, 'number')} per ${one}`,
      outputs: `${names.length === 1 ? 'the number' : 'the numbers'}, in the units of the table; \`labels.txt\` has ${names.length === 1 ? 'its name' : 'their names in order'}`,
      data: `${counted(trainingLabels.length, `training ${one}`)}, ${counted(examples.length, `held-out ${one}`)}.\n\n${markdownTable(
        ['number', 'training minimum', 'mean', 'maximum'],
        ranges.map(({ name, low, mean, high }) => [name, short(low), short(mean), short(high)]),
      )}\n\n${heldOutSentence(run, 'the same table')}`,
      scores:
        evaluation &&
        `R² ${regression.show('r2', evaluation.score)} on ${counted(evaluation.samples, `held-out ${one}`)}.\n\n${markdownTable(evaluation.head, evaluation.rows)}\n\n${markdownTable(
          ['number', 'mean absolute error', 'baseline (predicting the mean)'],
          compared.map(({ name, model, mean }) => [name, short(model.absolute), short(mean.absolute)]),
        )}`,
      limits: [
        `It predicts a number for any input and gives no confidence. Outside the range of the training ${many} its predictions are unreliable.`,
        ...(worse.length ? [`It is no better than always predicting the mean for ${worse.join(', ')}.`] : []),
      ],
    };
  },
  usage: "console.log(labels.map((name, k) => `${name} ${outputs[k]}`).join(', '));",
};
