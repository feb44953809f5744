import { basename } from 'node:path';
import type { ClassReport } from '@graft/train';
import { counted, percent } from '../quantities.ts';
import { cardOf, type CardFrame } from './card-frame.ts';
import { interval } from './judge.ts';
import { escapeMarkdown, markdownTable } from './markdown.ts';

export interface CardContent extends Omit<
  CardFrame,
  'title' | 'kind' | 'task' | 'answers' | 'data' | 'scores' | 'limits'
> {
  readonly classes: readonly string[];
  /** How many images of each class were learned from. */
  readonly learned: readonly number[];
  /** Of those that were held back. */
  readonly report: ClassReport;
}

/** What whoever gets a classifier wants to know, as Markdown: what it is and learned from, how right it is and where it is not, under which licence, and how it is used. */
export function modelCard({ classes, learned, report, ...frame }: CardContent): string {
  const [low, high] = interval(Math.round(report.accuracy * report.samples), report.samples);
  const rowOf = (label: string): ClassReport['rows'][number] => report.rows.find((row) => row.label === label)!;
  const fewest = Math.min(...classes.map((label) => rowOf(label).samples));
  const taken = report.rows
    .flatMap(({ label, samples, confusedWith }) => (confusedWith ? [{ label, of: samples, as: confusedWith }] : []))
    .sort((a, b) => b.as.samples - a.as.samples)[0];
  return cardOf({
    ...frame,
    title: `${basename(frame.backbone.name)} on ${classes.length} classes`,
    kind: 'An image classifier',
    task: 'classification',
    answers: 'a logit for each class comes out; `labels.txt` has the classes in their order',
    data: `${markdownTable(
      ['class', 'images learned from', 'images to judge by'],
      classes.map((label, k) => [label, String(learned[k]!), String(rowOf(label).samples)]),
    )}

The images to judge by were held back at random, class by class, from the same folder; the model has not seen them.`,
    scores: `${percent(report.accuracy)} of ${counted(report.samples, 'image')} (95 % interval ${percent(low)} to ${percent(high)}).

${markdownTable(
  ['class', 'precision', 'recall', 'F1'],
  report.rows.map((row) => [row.label, percent(row.precision), percent(row.recall), percent(row.f1)]),
)}`,
    limits: [
      'It answers with one of its classes whatever it is shown, and says nothing of what it does not know.',
      ...(fewest < 20
        ? [`Some classes are judged by ${counted(fewest, 'image')} only: their figures say little.`]
        : []),
      ...(taken
        ? [
            `It takes ${escapeMarkdown(taken.label)} for ${escapeMarkdown(taken.as.label)} most often: ${taken.as.samples} of ${taken.of}.`,
          ]
        : []),
    ],
  });
}
