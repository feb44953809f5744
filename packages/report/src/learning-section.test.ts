import { expect, test } from 'vitest';
import { learningSection, otherTitles } from './learning-section.ts';
import type { ReportedRun } from './reported-run.ts';

const log = [
  { epoch: 1, loss: 2, validationLoss: 2.5, accuracy: 0.5, validationAccuracy: 0.4, topFive: 7, validationTopFive: 6 },
  { epoch: 2, loss: 1, validationLoss: 1.5, accuracy: 0.7, validationAccuracy: 0.6, topFive: 9, validationTopFive: 8 },
];

test('metrics beside those of the objective have a title of their own, also where only validation has them', () => {
  expect(otherTitles(log, ['accuracy'])).toEqual({ topFive: 'top five' });
  expect(otherTitles([{ epoch: 1, loss: 1, validationTopFive: 3 }], [])).toEqual({ topFive: 'top five' });
  expect(otherTitles([], [])).toEqual({});
});
test('each of them has its curves, once, and no scale of percent', async () => {
  const objective = { titles: { accuracy: 'accuracy' }, fractions: true };
  const shown = String(
    await learningSection.render({ phases: [{ name: 'new head', log }], objective } as unknown as ReportedRun),
  );
  const labels = [...shown.matchAll(/aria-label="([^"]*)"/g)].map(([, label]) => label);
  expect(labels).toEqual([
    'Loss: at the end training 1, validation 1.5',
    'Accuracy: at the end training 70 %, validation 60 %',
    'Top five: at the end training 9, validation 8',
  ]);
});
