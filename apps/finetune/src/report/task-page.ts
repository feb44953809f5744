import { relative } from 'node:path';
import type { EpochLog } from '@graft/train';
import type { Prediction } from '../prediction-sheet.ts';
import { counted, duration } from '../quantities.ts';
import type { Task, TaskReport } from '../task/task.ts';
import { cards } from './cards.ts';
import { curves } from './curves.ts';
import { markup } from './markup.ts';
import { framed, section } from './report-page.ts';
import { dataAddress, thumbnail } from './thumbnail.ts';

export interface TaskPageContent {
  readonly title: string;
  readonly task: Task;
  readonly report: TaskReport;
  readonly log: readonly EpochLog[];
  readonly seconds: number;
  readonly samples: readonly Prediction[];
  /** Where the images are, so that their names are short. */
  readonly data: string;
  readonly quarantined: readonly { readonly path?: string; readonly reason: string }[];
  readonly facts: readonly (readonly [name: string, value: string])[];
  readonly command: string;
}

/** A report of a run that tells no classes apart, as one HTML file: a line for each label or number, curves, and images with the answers to them. */
export async function taskPage({ title, task, report, log, seconds, samples, data, quarantined, facts, command }: TaskPageContent): Promise<string> {
  const named = (path: string): string => relative(data, path) || path;
  const shown = await Promise.all(samples.slice(0, 12).map(async ({ path, answer, truth, right }) => ({ image: dataAddress(await thumbnail(path)), name: named(path), text: right ? answer : `${answer}, is ${truth}` })));
  return framed(title, markup`${task.titles[task.score]!} <strong>${task.show(task.score, report.score)}</strong> on ${counted(report.samples, 'image')} that it had not seen <span>(${duration(seconds)} of training)</span>`, [
    section('Learning', markup`<div class="charts">${curves(log)}</div>`),
    section('Answers', markup`<div class="scroll" tabindex="0" role="region" aria-label="Scores of each answer"><table><thead><tr>${report.head.map((name) => markup`<th scope="col">${name}</th>`)}</tr></thead><tbody>${report.rows.map(([name, ...cells]) => markup`<tr><th scope="row" class="name">${name}</th>${cells.map((cell) => markup`<td>${cell}</td>`)}</tr>`)}</tbody></table></div>`),
    section('Images', cards(shown), 'Of those that were held back, wrong answers first.'),
    ...(quarantined.length ? [section('Left out', markup`<table><tbody>${quarantined.map(({ path, reason }) => markup`<tr><td class="name">${path === undefined ? '–' : named(path)}</td><td class="wide">${reason}</td></tr>`)}</tbody></table>`, 'Files and rows that could not be read.')] : []),
    section('This run', markup`<table><tbody>${facts.map(([name, value]) => markup`<tr><th scope="row">${name}</th><td class="wide">${value}</td></tr>`)}</tbody></table><p>The same again:</p><pre tabindex="0">${command}</pre>`),
  ]);
}
