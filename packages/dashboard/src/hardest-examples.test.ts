import { classification, multilabel, regression } from '@graft/tasks';
import { expect, test } from 'vitest';
import { hardestExamples } from './hardest-examples.ts';

const show = async (): Promise<undefined> => undefined;
const examples = ['one', 'two', 'three'].map((name) => ({ name, show }));
const names = ['a', 'b'];
const batches = [
  { outputs: { values: Float32Array.of(Math.log(3), 0, 0, 0), shape: [2, 2] }, labels: [0, 1] },
  { outputs: { values: Float32Array.of(1000, 0), shape: [1, 2] }, labels: [1] },
];

test('examples are sorted by loss, the largest first', () => {
  const hardest = hardestExamples({ objective: classification, names }, { batches, examples });
  expect(hardest).toEqual([
    { name: 'three', text: 'predicted a (100.0 %), true class b (0.0 %)', example: examples[2] },
    { name: 'two', text: 'predicted a (50.0 %), true class b (50.0 %)', example: examples[1] },
    { name: 'one', text: 'a (75.0 %), correct', example: examples[0] },
  ]);
  expect(hardestExamples({ objective: classification, names }, { batches, examples }, 1)).toEqual(hardest.slice(0, 1));
});
test('examples are ignored if their number does not match the validation data', () => {
  for (const others of [[], examples.slice(1), [...examples, ...examples]])
    expect(hardestExamples({ objective: classification, names }, { batches, examples: others })[0]).toEqual({
      name: 'example 3',
      text: 'predicted a (100.0 %), true class b (0.0 %)',
      example: undefined,
    });
});
test('NaN outputs come first', () => {
  const diverged = { outputs: { values: Float32Array.of(Number.NaN, Number.NaN), shape: [1, 2] }, labels: [0] };
  const all = { batches: [batches[0]!, diverged, batches[1]!], examples: [] };
  expect(hardestExamples({ objective: classification, names }, all, 2).map(({ name }) => name)).toEqual([
    'example 3',
    'example 4',
  ]);
});
test('multilabel: sorted by cross-entropy, with missed and wrongly predicted labels', () => {
  const outputs = { values: Float32Array.of(3, -3, -2, 2), shape: [2, 2] };
  const batch = { outputs, labels: Float32Array.of(1, 0, 1, 0), labelShape: [2, 2] };
  expect(
    hardestExamples({ objective: multilabel, names }, { batches: [batch], examples: [] }).map(({ text }) => text),
  ).toEqual(['missed a (11.9 %) · wrongly predicted b (88.1 %)', 'correct a (95.3 %)']);
});
test('regression: errors are relative to the standard deviation of each target', () => {
  const outputs = { values: Float32Array.of(1000, 0.1, 1100, 0.4, 1200, 0.1), shape: [3, 2] };
  const batch = { outputs, labels: Float32Array.of(1000, 0.1, 1110, 0.1, 1200, 0.3), labelShape: [3, 2] };
  const found = hardestExamples({ objective: regression, names: ['price', 'share'] }, { batches: [batch], examples });
  expect(found.map(({ name }) => name)).toEqual(['two', 'three', 'one']);
  expect(found[0]!.text).toBe('price predicted 1100, true 1110 (−10) · share predicted 0.4, true 0.1 (+0.3)');
});
test('a single regression target is not mistaken for a class', () => {
  const batch = {
    outputs: { values: Float32Array.of(1, 2), shape: [2, 1] },
    labels: Float32Array.of(1, 4),
    labelShape: [2, 1],
  };
  expect(
    hardestExamples({ objective: regression, names: ['price'] }, { batches: [batch], examples: [] })[0]!.text,
  ).toBe('predicted 2, true 4 (−2)');
});
