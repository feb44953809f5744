import { relative } from 'node:path';
import type { EpochLog } from '@graft/train';
import { counted, duration } from '../quantities.ts';
import type { Label, Task, TaskReport } from '../task/task.ts';
import { type Answered, farthest } from './answers.ts';
import { cards } from './cards.ts';
import { curves } from './curves.ts';
import { labelSections } from './label-sections.ts';
import { markup } from './markup.ts';
import { numberSections } from './number-sections.ts';
import { framed, section } from './report-page.ts';
import { textTable } from './text-table.ts';
import { dataAddress, thumbnail } from './thumbnail.ts';

/** Images that are shown. */
const hardestShown = 12;

export interface TaskPageContent {
  readonly title: string;
  readonly task: Task;
  readonly classes: readonly string[];
  readonly report: TaskReport;
  /** To all images that were held back. */
  readonly answers: readonly Answered[];
  /** What the images show that were learned from. */
  readonly learned: readonly Label[];
  readonly log: readonly EpochLog[];
  readonly seconds: number;
  /** Where the images are, so that their names are short. */
  readonly data: string;
  readonly quarantined: readonly { readonly path?: string; readonly reason: string }[];
  readonly facts: readonly (readonly [name: string, value: string])[];
  readonly command: string;
}

/** A report of a run that tells no classes apart, as one HTML file: scores, what the task has to show, and the hardest images. */
export async function taskPage({
  title,
  task,
  classes,
  report,
  answers,
  learned,
  log,
  seconds,
  data,
  quarantined,
  facts,
  command,
}: TaskPageContent): Promise<string> {
  const named = (path: string): string => relative(data, path) || path;
  const hardest = await Promise.all(
    farthest(task, answers, hardestShown).map(async ({ path, values, label }) => ({
      image: dataAddress(await thumbnail(path)),
      name: named(path),
      text: task.compare(values, label, classes),
    })),
  );
  return framed(
    title,
    markup`${task.titles[task.score]!} <strong>${task.show(task.score, report.score)}</strong> on ${counted(report.samples, 'image')} that it had not seen <span>(${duration(seconds)} of training)</span>`,
    [
      section('Learning', markup`<div class="charts">${curves(log, task)}</div>`),
      section('Scores', textTable('Scores', report.head, report.rows)),
      ...(task.name === 'regression'
        ? numberSections(task, answers, learned, classes, named)
        : labelSections(answers, classes)),
      section('Hardest images', cards(hardest), 'Farthest from the truth, of those that were held back.'),
      ...(quarantined.length
        ? [
            section(
              'Left out',
              markup`<table><tbody>${quarantined.map(({ path, reason }) => markup`<tr><td class="name">${path === undefined ? '–' : named(path)}</td><td class="wide">${reason}</td></tr>`)}</tbody></table>`,
              'Files and rows that could not be read.',
            ),
          ]
        : []),
      section(
        'This run',
        markup`<table><tbody>${facts.map(([name, value]) => markup`<tr><th scope="row">${name}</th><td class="wide">${value}</td></tr>`)}</tbody></table><p>The same again:</p><pre tabindex="0">${command}</pre>`,
      ),
    ],
  );
}
