import { lineChart, markup, type ReportSection } from '@graft/report';
import { gradeOf } from './grade-of.ts';

/** Plots the fraction of predictions within 0, 1, 2, … grades, next to a baseline that always predicts the median grade of the training set. */
export const distanceSection: ReportSection = {
  name: 'grade-distances',
  title: 'Grades off',
  lead: 'Fraction of held-out examples whose prediction is within this many grades. The second line always predicts the median grade of the training set.',
  order: 24,
  render({ objective, names, examples, trainingLabels }) {
    if (objective.name !== 'ordinal' || !examples.length) return undefined;
    const sorted = (trainingLabels as readonly number[]).toSorted((a, b) => a - b);
    const middle = sorted[Math.floor(sorted.length / 2)]!;
    const within = (distances: readonly number[]): number[] =>
      names.map((_, most) => distances.filter((distance) => distance <= most).length / distances.length);
    const off = (gradeFor: (values: Float32Array) => number): number[] =>
      within(examples.map(({ values, label }) => Math.abs(gradeFor(values) - (label as number))));
    const steps = names.map((_, most) => most);
    return markup`<div class="charts">${lineChart(
      'Within this many grades',
      [
        { name: 'model', values: off((values) => gradeOf(values)), steps },
        { name: 'constant', values: off(() => middle), steps },
      ],
      { percent: true, x: 'grades off' },
    )}</div>`;
  },
};
