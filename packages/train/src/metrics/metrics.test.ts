import { createApp } from '@graft/plugin';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import {
  accuracy,
  averagePrecision,
  Calibration,
  classReport,
  ConfusionMatrix,
  describeClassReport,
  expectedCalibrationError,
  f1,
  LabelScores,
  meanIou,
  type Metric,
  type RunningMetric,
  multiLabelF1,
  metric,
  r2,
  rocAuc,
  trainPlugin,
  worstClasses,
} from '../index.ts';

interface Case {
  readonly outputs: number[][];
  readonly targets: number[];
  readonly metrics: Record<string, number>;
  readonly report?: Record<string, Record<'precision' | 'recall' | 'f1-score' | 'support', number>>;
}
const golden = JSON.parse(readFileSync(new URL('./metrics.golden.json', import.meta.url), 'utf8')) as Record<
  'classification' | 'multiLabel' | 'regression',
  Record<string, Case>
>;
const app = await createApp([trainPlugin]);
const cases = [golden.classification, golden.multiLabel, golden.regression].flatMap((kind) => Object.entries(kind));

/** Computes a metric of a case in batches of the given size. */
function measure({ start }: Metric, { outputs: rows, targets }: Case, batch: number): number {
  const [running, width] = [start(), targets.length / rows.length];
  for (let n = 0; n < rows.length; n += batch) {
    const part = rows.slice(n, n + batch);
    running.add(
      { values: Float32Array.from(part.flat()), shape: [part.length, part[0]!.length] },
      targets.slice(n * width, (n + batch) * width),
    );
  }
  return running.result();
}

test.each(
  cases.flatMap(([title, one]) => Object.entries(one.metrics).map(([name, value]) => ({ title, name, value, one }))),
)('$name of $title matches scikit-learn for any batch size', ({ name, value, one }) => {
  const [kind, option] = name.split(' ') as [string, string?];
  const options = option === undefined ? {} : /^\d/.test(option) ? { bins: Number(option) } : { average: option };
  for (const batch of [1, 7, 1000])
    expect(measure(app.get(metric, kind).create(options), one, batch), `batches of ${batch}`).toBeCloseTo(value, 9);
});
test.each(cases.flatMap(([title, one]) => Object.keys(one.metrics).map((name) => ({ title, name, one }))))(
  '$name of $title can be saved and resumed, bit for bit',
  ({ name, one: { outputs: rows, targets } }) => {
    const [kind, option] = name.split(' ') as [string, string?];
    const options = option === undefined ? {} : /^\d/.test(option) ? { bins: Number(option) } : { average: option };
    const made = app.get(metric, kind).create(options);
    const width = targets.length / rows.length;
    const half = Math.floor(rows.length / 2);
    const add = (running: RunningMetric, from: number, to: number): void =>
      running.add(
        { values: Float32Array.from(rows.slice(from, to).flat()), shape: [to - from, rows[0]!.length] },
        targets.slice(from * width, to * width),
      );
    const whole = made.start();
    add(whole, 0, half);
    const saved = JSON.stringify(whole.save!());
    add(whole, half, rows.length);
    const resumed = made.start();
    resumed.restore!(JSON.parse(saved));
    add(resumed, half, rows.length);
    expect(resumed.result()).toBe(whole.result());
    const fresh = made.start();
    fresh.restore!(JSON.parse(JSON.stringify(made.start().save!() ?? null))); // saved before its first batch
    expect(fresh.result()).toEqual(made.start().result());
  },
);
test.each(cases.filter(([, { report }]) => report))(
  'the report of %s matches scikit-learn and lists the worst class first',
  (_, one) => {
    const matrix = new ConfusionMatrix(Math.max(2, one.outputs[0]!.length));
    matrix.add(
      { values: Float32Array.from(one.outputs.flat()), shape: [one.outputs.length, one.outputs[0]!.length] },
      one.targets,
    );
    const { rows, samples } = classReport(matrix);
    expect(samples).toBe(one.targets.length);
    for (const row of rows) {
      const expected = one.report![row.label] ?? { precision: 0, recall: 0, 'f1-score': 0, support: 0 };
      for (const [name, value] of [
        ['precision', row.precision],
        ['recall', row.recall],
        ['f1-score', row.f1],
        ['support', row.samples],
      ] as const)
        expect(value, `${name} of ${row.label}`).toBeCloseTo(expected[name], 12);
    }
    const scores = rows.filter((row) => row.samples).map((row) => row.f1);
    expect(scores).toEqual([...scores].sort((a, b) => a - b));
  },
);
test('every metric has golden numbers', () =>
  expect(
    app
      .all(metric)
      .map(({ name }) => name)
      .filter(
        (name) =>
          name !== 'accuracy' &&
          !cases.some(([, one]) => Object.keys(one.metrics).some((key) => key.split(' ')[0] === name)),
      ),
  ).toEqual([]));
test.each(app.all(metric).map(({ name }) => name))(
  '%s rejects unknown options and the wrong number of targets',
  (name) => {
    expect(() => app.get(metric, name).create({ nonsense: 1 })).toThrow(`${name} has no option "nonsense".`);
    expect(() =>
      app
        .get(metric, name)
        .create()
        .start()
        .add({ values: new Float32Array(4), shape: [2, 2] }, [0, 1, 1]),
    ).toThrow(/Outputs \[2, 2\] need [24] .*, got 3\./);
  },
);

const outputs = { values: new Float32Array([2, 1, 0, 0, 3, 1, 5, 4, 6, 1, 1, 0]), shape: [4, 3] };
const targets = [0, 1, 0, 1];

test('computes top-1 and top-2 accuracy; ties go to the lower class', () => {
  const measure = (top: number): number => {
    const running = accuracy({ top }).start();
    running.add(outputs, targets);
    return running.result();
  };
  expect(measure(1)).toBe(0.5);
  expect(measure(2)).toBe(1);
});
test('accuracy counts NaN as wrong', () => {
  const running = accuracy().start();
  running.add({ values: new Float32Array([Number.NaN, Number.NaN]), shape: [1, 2] }, [0]);
  expect(running.result()).toBe(0);
});
test('scores of checkpoints that hold the count of every pair are restored', () => {
  const running = f1().start();
  running.restore!({ classes: 3, counts: [1, 0, 1, 1, 1, 0, 0, 0, 0] });
  const again = f1().start();
  again.add(outputs, targets);
  expect(running.result()).toBe(again.result());
  expect(running.save!()).toEqual({ classes: 3, entries: expect.arrayContaining([[0, 2, 1]]) as unknown });
});
test('50,000 classes take memory for the pairs that occur', () => {
  const classes = 50_000;
  const before = process.memoryUsage();
  const matrix = new ConfusionMatrix(classes);
  for (let k = 0; k < classes; k++) matrix.count(k, (k * 7) % classes, 2);
  const report = classReport(matrix);
  const after = process.memoryUsage();
  expect(after.arrayBuffers - before.arrayBuffers).toBeLessThan(2 ** 24);
  expect(report.samples).toBe(2 * classes);
  expect(report.rows.at(-1)).toMatchObject({ label: '25000', f1: 1 });
  expect(report.rows.find(({ label }) => label === '3')!.confusedWith).toEqual({ label: '21', samples: 2 });
  expect(describeClassReport(report).split('\n')).toHaveLength(classes + 2);
});
test('a confusion matrix gives scores and a report', () => {
  const matrix = new ConfusionMatrix(3);
  matrix.add(outputs, targets);
  expect([0, 1, 2].map((truth) => [0, 1, 2].map((answer) => matrix.at(truth, answer)))).toEqual([
    [1, 0, 1],
    [1, 1, 0],
    [0, 0, 0],
  ]);
  expect([...matrix.entries()].toSorted(([a = 0, b = 0], [c = 0, d = 0]) => a - c || b - d)).toEqual([
    [0, 0, 1],
    [0, 2, 1],
    [1, 0, 1],
    [1, 1, 1],
  ]);
  expect(matrix.perClass()[1]).toEqual({ precision: 1, recall: 0.5, f1: 2 / 3, iou: 0.5, samples: 2 });
  expect(matrix.perClass()[2]).toEqual({ precision: 0, recall: 0, f1: 0, iou: 0, samples: 0 });
  expect(classReport(matrix, ['cat', 'dog', 'owl']).rows[0]).toMatchObject({
    label: 'cat',
    confusedWith: { label: 'owl', samples: 1 },
  });
  expect(describeClassReport(classReport(matrix, ['cat', 'dog', 'owl']))).toBe(
    'class  precision  recall      F1  samples  most confused with\ncat       50.0 %  50.0 %  50.0 %        2  owl (1)\ndog      100.0 %  50.0 %  66.7 %        2  cat (1)\nowl            –       –       –        0\naccuracy 50.0 % on 4 samples',
  );
  expect(() => classReport(matrix, ['cat'])).toThrow('1 labels for 3 classes');
});
test('worstClasses returns the lowest F1 among classes that occur', () => {
  const matrix = new ConfusionMatrix(4);
  // Class 0 is always predicted correctly, 1 half of the time, 2 never; 3 does not occur.
  matrix.add(
    {
      values: Float32Array.from([0, 0, 1, 0, 3, 3].flatMap((answer) => [0, 1, 2, 3].map((k) => Number(k === answer)))),
      shape: [6, 4],
    },
    [0, 0, 1, 1, 2, 2],
  );
  const report = classReport(matrix, ['cat', 'dog', 'owl', 'emu']);
  expect(worstClasses(report, 2).map(({ label }) => label)).toEqual(['owl', 'dog']);
  expect(worstClasses(report, 9).length).toBe(3);
  expect(() => worstClasses(report, 0)).toThrow('worstClasses expects "count" to be an integer of 1 or more, got 0.');
});
test.each<[string, boolean]>([
  ['accuracy', true],
  ['rocAuc', true],
  ['r2', true],
  ['f1', true],
  ['meanAbsoluteError', false],
  ['expectedCalibrationError', false],
])('%s: greaterIsBetter is %s', (name, greater) =>
  expect(app.get(metric, name).create().greaterIsBetter).toBe(greater),
);
test('meanIou counts each pixel and skips the ignored class', () => {
  const running = meanIou({ ignoreIndex: 255 }).start();
  // Predicted classes of the pixels: 0 1 / 1 1, as [1, 2, 2, 2].
  running.add({ values: new Float32Array([9, 0, 0, 0, 0, 9, 9, 9]), shape: [1, 2, 2, 2] }, [0, 1, 0, 255]);
  expect(running.result()).toBe((1 / 2 + 1 / 2) / 2);
});
test('f1 of a single class', () => {
  const running = f1({ average: { class: 1 } });
  expect(running.name).toBe('class1F1');
  expect(() => f1({ average: 'middle' as never })).toThrow(
    'f1 expects an average of "macro", "micro", "weighted" or { class: 1 }, got "middle".',
  );
  expect(() =>
    f1({ average: { class: 3 } })
      .start()
      .add(outputs, targets),
  ).toThrow('f1 averages over class 3, but the model has 3 classes');
});
test('an undefined metric is NaN', () => {
  const all = { values: new Float32Array([1, 2]), shape: [2, 1] };
  for (const make of [rocAuc, averagePrecision]) {
    const running = make().start();
    expect(running.result()).toBeNaN();
    running.add(all, [1, 1]);
    expect(running.result()).toBeNaN();
    running.add({ values: new Float32Array([Number.NaN]), shape: [1, 1] }, [0]);
    expect(running.result()).toBeNaN();
  }
  for (const running of [r2(), f1(), expectedCalibrationError()]) expect(running.start().result()).toBeNaN();
});
test('Calibration computes a reliability diagram', () => {
  const calibration = new Calibration({ bins: 2 });
  calibration.add({ values: new Float32Array([0, 9, 0, 9, 0, 9]), shape: [3, 2] }, [1, 0, 1]);
  const [low, high] = calibration.bins();
  expect([low!.samples, high!.samples, high!.from, high!.to]).toEqual([0, 3, 0.5, 1]);
  expect(high!.accuracy).toBeCloseTo(2 / 3, 12);
  expect(() => expectedCalibrationError({ bins: 0 })).toThrow('1 or more bins, got 0');
});
test('a confusion matrix rejects a class that the model does not have', () => {
  expect(() => new ConfusionMatrix(3).add(outputs, [0, 1, 3, 1])).toThrow(
    'Sample 2 of the batch has class 3, but the model has 3 classes (0 to 2).',
  );
});
test('multi-label scores are per label and skip labels that neither occur nor are predicted', () => {
  const scores = new LabelScores(3);
  scores.add({ values: Float32Array.of(1, -1, -2, 2, 3, -1), shape: [2, 3] }, [1, 0, 0, 1, 0, 0]);
  expect(scores.perLabel()).toEqual([
    { precision: 1, recall: 1, f1: 1, averagePrecision: 1, samples: 2, answered: 2 },
    { precision: 0, recall: 0, f1: 0, averagePrecision: Number.NaN, samples: 0, answered: 1 },
    { precision: 0, recall: 0, f1: 0, averagePrecision: Number.NaN, samples: 0, answered: 0 },
  ]);
  expect([scores.exactMatch(), scores.overall().precision]).toEqual([0.5, 2 / 3]);
  const running = multiLabelF1().start();
  expect(running.result()).toBeNaN();
  running.add({ values: Float32Array.of(1, 3, -1), shape: [1, 3] }, [1, 0, 0]);
  expect(running.result()).toBe(0.5);
  expect(() => scores.add({ values: new Float32Array(3), shape: [1, 3] }, [0, 2, 0])).toThrow(
    'Sample 0 of the batch has 2 for label 1; targets must be 0 or 1.',
  );
  expect(() => scores.add({ values: new Float32Array(2), shape: [1, 2] }, [0, 1])).toThrow(
    'LabelScores was created for 3 labels, but got outputs [1, 2].',
  );
  expect(() => multiLabelF1({ average: 'weighted' as never })).toThrow(
    'an average of "macro" or "micro", got "weighted"',
  );
});
test('a confusion matrix rejects outputs with a different number of classes', () => {
  const matrix = new ConfusionMatrix(3);
  expect(() => matrix.add({ values: Float32Array.of(1, 2, 3, 4), shape: [1, 4] }, [0])).toThrow(
    'ConfusionMatrix was created for 3 classes, but outputs [1, 4] have 4.',
  );
  expect(() => matrix.add({ values: Float32Array.of(1, 2), shape: [1, 2] }, [0])).toThrow('have 2.');
});
