import { basename } from 'node:path';
import { counted } from '../quantities.ts';
import type { Label, Task, TaskReport } from '../task/task.ts';
import type { Answered } from './answers.ts';
import { cardOf, type CardFrame } from './card-frame.ts';
import { escapeMarkdown, markdownTable } from './markdown.ts';
import { baselines } from './number-sections.ts';

export interface TaskCardContent extends Pick<
  CardFrame,
  'backbone' | 'parameters' | 'trainable' | 'quarantined' | 'command'
> {
  readonly task: Task;
  readonly classes: readonly string[];
  /** What the images show that were learned from. */
  readonly learned: readonly Label[];
  /** To those that were held back. */
  readonly answers: readonly Answered[];
  readonly report: TaskReport;
}

/** The model card of a run that tells no classes apart. */
export function taskCard({ task, classes, learned, answers, report, ...frame }: TaskCardContent): string {
  const scores = `${task.titles[task.score]!} ${task.show(task.score, report.score)} on ${counted(report.samples, 'image')}.\n\n${markdownTable(report.head, report.rows)}`;
  const held = 'The images to judge by were held back at random from the same table; the model has not seen them.';
  const part =
    task.name === 'regression' ? numbers({ task, classes, learned, answers }) : labels({ classes, learned, answers });
  return cardOf({
    ...frame,
    ...part,
    title: `${basename(frame.backbone.name)}: ${classes.join(', ')}`,
    task: task.name,
    data: `${part.data}\n\n${held}`,
    scores: `${scores}${part.scores}`,
  });
}

type Part = Pick<CardFrame, 'kind' | 'answers' | 'data' | 'scores' | 'limits'>;

function labels({ classes, learned, answers }: Pick<TaskCardContent, 'classes' | 'learned' | 'answers'>): Part {
  const having = (all: readonly Label[], k: number): number =>
    all.filter((label) => (label as Float32Array)[k] === 1).length;
  const judged = answers.map(({ label }) => label);
  const fewest = Math.min(...classes.map((_, k) => having(judged, k)));
  return {
    kind: 'Labels of images, each a yes or no of its own',
    answers: 'a logit for each label comes out, above 0 a yes; `labels.txt` has the labels in their order',
    scores: '',
    data: markdownTable(
      ['label', 'images learned from', 'images to judge by'],
      [
        ...classes.map((name, k) => [name, String(having(learned, k)), String(having(judged, k))]),
        ['all images', String(learned.length), String(judged.length)],
      ],
    ),
    limits: [
      'It knows its labels only, and says nothing of what else an image shows.',
      ...(fewest < 20 ? [`Some labels are judged by ${counted(fewest, 'image')} only: their figures say little.`] : []),
    ],
  };
}

function numbers({
  task,
  classes,
  learned,
  answers,
}: Pick<TaskCardContent, 'task' | 'classes' | 'learned' | 'answers'>): Part {
  const show = (value: number): string => task.show('value', value);
  const ranges = classes.map((name, k) => {
    const values = learned.map((label) => (label as Float32Array)[k]!);
    const [low, high] = values.reduce(
      ([low, high], value) => [Math.min(low, value), Math.max(high, value)],
      [Infinity, -Infinity],
    );
    return { name, low, high, mean: values.reduce((a, b) => a + b, 0) / values.length };
  });
  const worse = baselines(answers, learned, classes)
    .filter(({ model, mean }) => model.squared >= mean.squared)
    .map(({ name }) => escapeMarkdown(name));
  return {
    kind: `${counted(classes.length, 'number')} of an image`,
    answers: `${classes.length === 1 ? 'the number comes' : 'the numbers come'} out in the units of the table; \`labels.txt\` has ${classes.length === 1 ? 'its name' : 'their names in their order'}`,
    data: `${counted(learned.length, 'image')} were learned from, ${answers.length} are to judge by.\n\n${markdownTable(
      ['number', 'least learned from', 'mean', 'greatest'],
      ranges.map(({ name, low, mean, high }) => [name, show(low), show(mean), show(high)]),
    )}`,
    scores: `\n\n${markdownTable(
      ['number', 'mean absolute error', 'if the mean were always answered'],
      baselines(answers, learned, classes).map(({ name, model, mean }) => [
        name,
        show(model.absolute),
        show(mean.absolute),
      ]),
    )}`,
    limits: [
      'It answers with a number whatever it is shown, and does not say how sure it is. Beyond the range that it learned from nothing is known of it.',
      ...(worse.length ? [`It is no better than a constant answer for ${worse.join(', ')}.`] : []),
    ],
  };
}
