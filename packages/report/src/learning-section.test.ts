import { expect, test } from 'vitest';
import { learningSection, otherTitles } from './learning-section.ts';
import type { ReportedRun } from './reported-run.ts';

const log = [
  { epoch: 1, loss: 2, validationLoss: 2.5, accuracy: 0.5, validationAccuracy: 0.4, topFive: 7, validationTopFive: 6 },
  { epoch: 2, loss: 1, validationLoss: 1.5, accuracy: 0.7, validationAccuracy: 0.6, topFive: 9, validationTopFive: 8 },
];

test('metrics that the objective does not define get a title, even if only validation computes them', () => {
  expect(otherTitles(log, ['accuracy'])).toEqual({ topFive: 'top five' });
  expect(otherTitles([{ epoch: 1, loss: 1, validationTopFive: 3 }], [])).toEqual({ topFive: 'top five' });
  expect(otherTitles([], [])).toEqual({});
});
test('each added metric gets one chart, with a plain instead of a percent scale', async () => {
  const objective = { titles: { accuracy: 'accuracy' }, fractions: true };
  const shown = String(
    await learningSection.render({ phases: [{ name: 'new head', log }], objective } as unknown as ReportedRun),
  );
  const labels = [...shown.matchAll(/aria-label="([^"]*)"/g)].map(([, label]) => label);
  expect(labels).toEqual([
    'Loss, final values: training 1, validation 1.5',
    'Accuracy, final values: training 70 %, validation 60 %',
    'Top five, final values: training 9, validation 8',
  ]);
});
