import { dirname } from 'node:path';
import { regressionTable } from '@graft/data/node';
import { meanSquaredError, Sequential } from '@graft/layers';
import { meanAbsoluteError, r2, rootMeanSquaredError } from '@graft/train';
import { inUnitsOf, Rescaling, standardisation } from '@graft/transfer';
import { counted } from '../quantities.ts';
import { table } from '../table.ts';
import { quarters } from './strata.ts';
import { wantTable } from './want-table.ts';
import type { Task } from './task.ts';

/** A number of five digits at most. */
const short = (value: number): string => String(Number(value.toPrecision(5)));

/** One number or more an image: a table with the columns path and target. They are standardised inside the model, which answers in their own units. */
export const regression: Task = {
  name: 'regression',
  async open(path, targets) {
    const found = await wantTable('regression', path, 'path and target', () =>
      regressionTable(path, targets && { targetColumns: targets }),
    );
    const numbers = found.targets.map((target) => (typeof target === 'number' ? Float32Array.of(target) : target));
    return {
      root: dirname(path),
      classes: found.names,
      ignored: [],
      rows: found.quarantined,
      length: found.length,
      get: async (index) => ({ ...(await found.get(index)), label: numbers[index]! }),
      strata: (indices, parts) =>
        quarters(
          indices.map((index) => numbers[index]![0]!),
          parts,
        ),
    };
  },
  learning(_, learned) {
    const units = standardisation(learned as readonly Float32Array[]);
    return {
      finish: (head) => new Sequential(head, new Rescaling(units)),
      loss: (chosen) => inUnitsOf(units.scale, chosen ?? meanSquaredError()),
    };
  },
  metrics: [r2(), meanAbsoluteError(), rootMeanSquaredError()],
  score: 'r2',
  shares: false,
  titles: { r2: 'R²', meanAbsoluteError: 'mean absolute error', rootMeanSquaredError: 'root mean squared error' },
  show: (metric, value) => (metric === 'r2' ? value.toFixed(3) : short(value)),
  activate: (outputs) => outputs,
  head: ['answer'],
  answer: (values, classes) => {
    const text = values.map(short).join(', ');
    return {
      json: { values: Object.fromEntries(classes.map((name, k) => [name, values[k]])) },
      text,
      row: [classes.length === 1 ? text : classes.map((name, k) => `${name} ${short(values[k]!)}`).join(', ')],
    };
  },
  say: (values, label) => ({
    answer: Array.from(values, short).join(', '),
    truth: Array.from(label as Float32Array, short).join(', '),
  }),
  distance(labels) {
    const { scale } = standardisation(labels as readonly Float32Array[]);
    return (values, label) =>
      Math.sqrt(values.reduce((sum, value, k) => sum + ((value - (label as Float32Array)[k]!) / scale[k]!) ** 2, 0));
  },
  compare: (values, label, classes) =>
    Array.from(label as Float32Array, (truth, k) => {
      const error = values[k]! - truth;
      return `${classes.length === 1 ? '' : `${classes[k]!} `}${short(values[k]!)}, is ${short(truth)} (${error < 0 ? '−' : '+'}${short(Math.abs(error))})`;
    }).join(' · '),
  judge(classes) {
    const columns = classes.map(() => regression.metrics.map(({ name, start }) => ({ name, ...start() })));
    let samples = 0;
    return {
      add({ values, shape }, labels) {
        samples += shape[0]!;
        for (const [k, metrics] of columns.entries()) {
          const column = (all: ArrayLike<number>): Float32Array =>
            Float32Array.from({ length: shape[0]! }, (_, n) => all[n * classes.length + k]!);
          for (const metric of metrics) metric.add({ values: column(values), shape: [shape[0]!, 1] }, column(labels));
        }
      },
      report() {
        const found = columns.map((metrics) => metrics.map(({ name, result }) => [name, result()] as const));
        const head = ['target', ...regression.metrics.map(({ name }) => regression.titles[name]!)];
        const rows = found.map((values, k) => [
          classes[k]!,
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
            rows: found.map((values, k) => ({ target: classes[k]!, ...Object.fromEntries(values) })),
          },
          text: `${table(head, rows)}\non ${counted(samples, 'image')}`,
        };
      },
    };
  },
};
