import type { EvaluatedExample, ReportedRun } from '@graft/report';
import { expect, test } from 'vitest';
import { distanceSection } from './distance-section.ts';
import { gradeError, ordinal, withinOne } from './index.ts';

/** Log-probabilities of four grades, of which one is almost certain. */
const at = (grade: number): number[] => Array.from({ length: 4 }, (_, k) => Math.log(k === grade ? 0.97 : 0.01));
const outputs = (grades: readonly number[]) => ({
  values: Float32Array.from(grades.flatMap(at)),
  shape: [grades.length, 4],
});

test('metrics accumulate over batches and can be saved and restored', () => {
  for (const [metric, result] of [
    [withinOne(), 3 / 5],
    [gradeError('median'), (0 + 1 + 1 + 2 + 3) / 5],
    [gradeError('mode'), (0 + 1 + 1 + 2 + 3) / 5],
  ] as const) {
    const [first, second] = [metric.start(), metric.start()];
    first.add(outputs([0, 1, 3]), [0, 0, 2]);
    second.restore!(JSON.parse(JSON.stringify(first.save!())));
    second.add(outputs([1, 0]), [3, 3]);
    expect(second.result()).toBe(result);
  }
});
test('the rules median and mode can choose different grades', () => {
  const values = Float32Array.from([0.4, 0.15, 0.25, 0.2], Math.log);
  const grade = (rule: 'median' | 'mode'): string =>
    ordinal({ rule }).verdict(values, 0, ['a', 'b', 'c', 'd']).prediction;
  expect([grade('median'), grade('mode')]).toEqual(['b', 'a']);
});
test('grades are in the given order; by default they are sorted by name, with numbers by value', () => {
  const examples = (names: readonly string[]) => ({
    root: 'data',
    list: names.map((label) => ({ place: label, fields: { label } })),
    classes: [...names].sort(),
    ignored: [],
    file: () => {
      throw new Error('none');
    },
  });
  expect(ordinal().targets(examples(['grade 10', 'grade 9'])).names).toEqual(['grade 9', 'grade 10']);
  const ordered = ordinal({ order: ['low', 'mid', 'high'] }).targets(examples(['high', 'low']));
  expect([ordered.names, ordered.labels]).toEqual([
    ['low', 'mid', 'high'],
    [2, 0],
  ]);
  expect(() => ordinal({ order: ['low', 'mid'] }).targets(examples(['high', 'low']))).toThrow(
    '"data" has the grade "high", but the order is low, mid. Add it to the order.',
  );
  expect(() => ordinal({ order: ['low'] })).toThrow('ordinal expects "order" to list two or more grades');
  expect(() => ordinal({ rule: 'mean' as never })).toThrow('ordinal expects "rule" to be "median" or "mode"');
});
test('the section plots the errors of predictions, for the task ordinal only', async () => {
  const examples = [0, 1, 3].map((grade, i): EvaluatedExample => ({
    name: `${i}`,
    values: Float32Array.from(at(grade)),
    label: [0, 2, 1][i]!,
    show: async () => undefined,
  }));
  const run = { names: ['a', 'b', 'c', 'd'], examples, trainingLabels: [0, 3, 3], objective: ordinal() };
  const points = (name: string, shown: unknown): string =>
    new RegExp(`<polyline [^>]*points="([^"]*)"><title>${name}<`).exec(String(shown))![1]!;
  const shown = await distanceSection.render(run as unknown as ReportedRun);
  // The model is off by 0, 1 and 2 grades, and the constant by 3, 1 and 2. Heights go from 12 (100 %) to 166 (0 %).
  expect(points('model', shown)).toBe('54,114.7 152,63.3 250,12 348,12');
  expect(points('constant', shown)).toBe('54,166 152,114.7 250,63.3 348,12');
  const classes = { ...run, objective: { ...ordinal(), name: 'classification' } };
  expect(await distanceSection.render(classes as unknown as ReportedRun)).toBeUndefined();
  expect(String(shown)).toContain('grades off');
});
