import { type EvaluatedExample, reportPage, type ReportedRun, standardSections } from '@graft/report';
import { expect, test } from 'vitest';
import { classification } from '../objectives/classification.ts';
import { principalPlane } from './feature-map-section.ts';
import { likelyLabelErrors } from './label-errors-section.ts';
import { lookAlikes } from './look-alikes-section.ts';

const example = (
  label: number,
  probabilities: number[],
  features = [1, 0],
  name = `${label}.jpg`,
): EvaluatedExample => ({
  name,
  label,
  values: Float32Array.from(probabilities, Math.log),
  features: Float32Array.from(features),
  show: async () => ({ picture: { bytes: Uint8Array.of(1), type: 'image/jpeg' } }),
});

test('a label is probably wrong if the model is more confident in another class than usual', () => {
  const examples = [
    example(0, [0.9, 0.1]),
    example(0, [0.8, 0.2]),
    example(1, [0.2, 0.8]),
    example(1, [0.97, 0.03]),
    example(1, [0.45, 0.55]),
  ];
  expect(likelyLabelErrors(examples, 2).map((found) => [found.example, found.suggested])).toEqual([[examples[3], 0]]);
  expect(likelyLabelErrors([], 2)).toEqual([]);
});
test('examples whose features have the same direction are near-duplicates', () => {
  const examples = [
    example(0, [1, 0], [1, 2]),
    example(0, [1, 0], [2, 4.01]),
    example(1, [0, 1], [-2, 1]),
    example(1, [0, 1], [0, 0]),
  ];
  const [pair, ...others] = lookAlikes(examples);
  expect(others).toEqual([]);
  expect([pair!.one, pair!.other]).toEqual([examples[0], examples[1]]);
});
test('the x axis of the feature map has the largest variance', () => {
  const examples = Array.from({ length: 20 }, (_, i) => example(0, [1, 0], [3 * Math.cos(i), Math.sin(2 * i), 0]));
  const plane = principalPlane(examples);
  const spread = (k: 0 | 1): number => plane.reduce((sum, point) => sum + point[k] ** 2, 0);
  const mean = (k: number): number => examples.reduce((sum, { features }) => sum + features![k]!, 0) / 20;
  const squares = examples.reduce((sum, { features }) => sum + features![0]! ** 2 + features![1]! ** 2, 0);
  expect(spread(0)).toBeGreaterThan(spread(1));
  expect(spread(0) + spread(1)).toBeCloseTo(squares - 20 * (mean(0) ** 2 + mean(1) ** 2), 1);
});
test('a malicious name stays plain text everywhere in a report, and the page loads no resources', async () => {
  const evil = '</title><script>alert(1)</script>';
  const names = [evil, 'b'];
  const examples = [
    example(0, [0.7, 0.3], [1, 2], evil),
    example(1, [0.6, 0.4], [1, 2.01], evil),
    example(1, [0.9, 0.1], [-2, 1], evil),
    example(0, [0.5, 0.5], [0, 1], evil),
  ];
  const evaluator = classification.evaluator(names);
  for (const { values, label } of examples) evaluator.add({ values, shape: [1, 2] }, [label as number]);
  const run = {
    title: evil,
    objective: classification,
    noun: ['image', 'images'],
    names,
    phases: [
      { name: evil, log: [{ epoch: 1, loss: 1, validationLoss: Number.NaN, validationAccuracy: 0.5 } as never] },
    ],
    evaluation: evaluator.result(),
    examples,
    trainingLabels: [0, 1],
    warnings: [evil],
    quarantined: [{ place: evil, reason: evil }],
    facts: [[evil, evil]],
    reproduce: evil,
    date: new Date(0),
    seconds: 1,
  } satisfies ReportedRun;
  const { html, problems } = await reportPage(run, classification.headline(run), [
    ...standardSections,
    ...classification.sections,
  ]);
  expect(problems).toEqual([]);
  expect(html).not.toContain('<script');
  expect(html).toContain("default-src 'none'");
  expect(html.match(/(?:src|href)="(?!data:|#)[^"]*"/g)).toBeNull();
  expect(html).not.toMatch(/NaN|undefined/);
  // The objective's table of classes replaces the standard scores.
  expect(html).toContain('>Classes<');
  expect(html).not.toContain('>Scores<');
  for (const title of ['Labels to check', 'Near-duplicates', 'Warnings']) expect(html).toContain(`>${title}<`);
});
