import { classReport, ConfusionMatrix, validationName } from '@graft/train';
import { counted, duration, megabytes, percent, shortNumber } from '../quantities.ts';
import { cards } from '../report/cards.ts';
import { lineChart } from '../report/charts.ts';
import { classTables } from '../report/class-tables.ts';
import { curves } from '../report/curves.ts';
import { type Markup, markup } from '../report/markup.ts';
import { textTable } from '../report/text-table.ts';
import type { Task } from '../task/task.ts';
import type { HeldBatch, LiveRun } from './live-run.ts';
import type { Track } from './track.ts';

/** How a run came to its end. */
export type Ended = { readonly score: number | null; readonly folder: string } | { readonly failure: string };

/** An image that is held back, and what is made of it now. */
export interface HardImage {
  /** Its place among those that are held back. */
  readonly place: number;
  readonly name: string;
  readonly text: string;
}

export interface DashboardContent {
  readonly live: LiveRun;
  readonly task: Task;
  readonly classes: readonly string[];
  readonly hardest: readonly HardImage[];
  readonly ended?: Ended | undefined;
}

/** The parts of the page that change, by their ids. Names come from strangers and are escaped where they are written. */
export function dashboardSections({
  live,
  task,
  classes,
  hardest,
  ended,
}: DashboardContent): Readonly<Record<string, string>> {
  const parts: Readonly<Record<string, Markup>> = {
    stage: stageOf(live, task, ended),
    now: tiles(live, task),
    learning: markup`${curves(live.log, task)}${track('Learning rate', live.learningRate)}${track('Length of the gradient', live.gradientNorm)}${track('Images a second', live.throughput)}${track('Memory in MB', live.memory, 1e-6)}`,
    classes: scores(task, live.held, classes),
    hardest: hardest.length
      ? cards(hardest.map(({ place, name, text }) => ({ image: `thumbnails/${place}.jpg`, name, text })))
      : markup`<p>None were judged yet.</p>`,
    warnings: live.warnings.length
      ? markup`<ul>${live.warnings.map((text) => markup`<li>${text}</li>`)}</ul>`
      : markup`<p>None.</p>`,
  };
  return Object.fromEntries(Object.entries(parts).map(([id, { text }]) => [id, text]));
}

const phases: Readonly<Record<string, string>> = { head: 'learning: the new head', all: 'learning: head and backbone' };

function stageOf({ stage: { what, done, total } }: LiveRun, task: Task, ended: Ended | undefined): Markup {
  if (ended)
    return 'failure' in ended
      ? markup`<strong>The run ended before its time.</strong> ${ended.failure}`
      : markup`<strong>The run has ended</strong>${ended.score === null ? '' : task.name === 'classification' ? ` with ${percent(ended.score)} of the images right that it had not seen` : ` with ${task.titles[task.score]!} ${task.show(task.score, ended.score)} on images that it had not seen`}. All of it is in ${ended.folder}.`;
  const known = done !== undefined && total !== undefined && total > 0;
  return markup`${phases[what] ?? what}${known ? markup` <progress max="${total}" value="${Math.min(done, total)}" aria-label="${phases[what] ?? what}"></progress> <span>${percent(Math.min(1, done / total))}</span>` : ''}`;
}

function tiles({ epoch, secondsLeft, throughput, memory, learningRate, log }: LiveRun, task: Task): Markup {
  const [rate, speed, bytes] = [learningRate, throughput, memory].map(({ values }) => values.at(-1));
  const score = log.at(-1)?.[validationName(task.score)];
  const shown: readonly (readonly [name: string, value: string | undefined])[] = [
    ['epoch', epoch && `${epoch.number} of ${epoch.of}`],
    [
      'left in this phase',
      secondsLeft !== undefined && Number.isFinite(secondsLeft) ? duration(secondsLeft) : undefined,
    ],
    ['loss of the epoch', epoch && shortNumber(epoch.meanLoss)],
    [`validation ${task.titles[task.score]!}`, score === undefined ? undefined : task.show(task.score, score)],
    ['learning rate', rate === undefined || Number.isNaN(rate) ? undefined : shortNumber(rate)],
    ['images a second', speed === undefined ? undefined : Math.round(speed).toLocaleString('en')],
    ['memory', bytes === undefined ? undefined : megabytes(bytes)],
  ];
  return markup`${shown.map(([name, value]) => markup`<div><dt>${name}</dt><dd>${value ?? '–'}</dd></div>`)}`;
}

const track = (title: string, { steps, values }: Track, scale = 1): Markup | string =>
  values.some(Number.isFinite)
    ? lineChart(title, [{ name: 'now', steps, values: values.map((value) => value * scale) }], { x: 'step' })
    : '';

function scores(task: Task, held: readonly HeldBatch[], classes: readonly string[]): Markup {
  const batches = held.filter(({ outputs: { shape } }) => shape.length === 2 && shape[1] === classes.length);
  if (!batches.length) return markup`<p>Nothing was judged yet.</p>`;
  if (task.name !== 'classification') {
    const judge = task.judge(classes);
    for (const { outputs, targets } of batches) judge.add(outputs, targets);
    const { score, samples, head, rows } = judge.report();
    return markup`<p class="lead">${task.titles[task.score]!} ${task.show(task.score, score)} on ${counted(samples, 'image')} that are held back, after the latest epoch.</p>${textTable('Scores', head, rows)}`;
  }
  const matrix = new ConfusionMatrix(classes.length);
  for (const { outputs, targets } of batches) matrix.add(outputs, targets);
  const report = classReport(matrix, classes);
  return markup`<p class="lead">${percent(report.accuracy)} of ${counted(report.samples, 'image')} that are held back, after the latest epoch.</p>${classTables(report, matrix, classes)}`;
}
