import {
  counted,
  duration,
  htmlTable,
  learningCurves,
  otherTitles,
  lineChart,
  type Markup,
  markup,
  megabytes,
  percent,
  shortNumber,
} from '@graft/report';
import { validationName } from '@graft/train';
import type { HeldOut, Validated } from './held-out.ts';
import type { LiveRun } from './live-run.ts';
import type { Track } from './track.ts';

/** How a run ended: the score and the files, or the reason for a failure. */
export type Ended =
  | {
      /** The objective's score on held-out data. */
      readonly score?: number | undefined;
      /** The folder of the run's files. */
      readonly folder?: string | undefined;
    }
  | { readonly failure: string };

/** The current stage of the run, or how it ended. */
export function stageSection({ stage: { what, done, total }, heldOut }: LiveRun, ended: Ended | undefined): Markup {
  if (!ended) {
    const known = done !== undefined && total !== undefined && total > 0;
    return markup`${what}${known ? markup` <progress max="${total}" value="${Math.min(done, total)}" aria-label="${what}"></progress> <span>${percent(Math.min(1, done / total))}</span>` : ''}`;
  }
  if ('failure' in ended) return markup`<strong>The run failed.</strong> ${ended.failure}`;
  const { score, folder } = ended;
  const shown =
    score === undefined || !heldOut
      ? ''
      : `: ${heldOut.objective.titles[heldOut.objective.score]!} ${heldOut.objective.show(heldOut.objective.score, score)} on held-out examples`;
  return markup`<strong>The run has ended</strong>${shown}.${folder === undefined ? '' : ` Its files are in ${folder}.`}`;
}

/** Tiles with the latest values. */
export function nowSection(live: LiveRun): Markup {
  const { epoch, secondsLeft, throughput, memory, learningRate, log, heldOut } = live;
  const [rate, speed, bytes] = [learningRate, throughput, memory].map(({ values }) => values.at(-1));
  const monitored = heldOut?.objective.score ?? 'loss';
  const score = log.at(-1)?.[validationName(monitored)];
  const shown: readonly (readonly [name: string, value: string | undefined])[] = [
    ['epoch', epoch && `${epoch.number} of ${epoch.of}`],
    [
      'time left in this phase',
      secondsLeft !== undefined && Number.isFinite(secondsLeft) ? duration(secondsLeft) : undefined,
    ],
    ['training loss', epoch && (Number.isNaN(epoch.meanLoss) ? '–' : shortNumber(epoch.meanLoss))],
    [
      `validation ${heldOut?.objective.titles[monitored] ?? monitored}`,
      score === undefined ? undefined : (heldOut?.objective.show(monitored, score) ?? shortNumber(score)),
    ],
    ['learning rate', rate === undefined || Number.isNaN(rate) ? undefined : shortNumber(rate)],
    ['samples per second', speed === undefined ? undefined : Math.round(speed).toLocaleString('en')],
    ['memory', bytes === undefined ? undefined : megabytes(bytes)],
  ];
  return markup`${shown.map(([name, value]) => markup`<div><dt>${name}</dt><dd>${value ?? '–'}</dd></div>`)}`;
}

/** Charts of loss and metrics over epochs, and of all other values over steps. */
export function learningSection(live: LiveRun): Markup {
  const phases = live.phases.filter(({ log }) => log.length);
  const { titles = {}, fractions = false } = live.heldOut?.objective ?? {};
  const [loss, ...known] = learningCurves(phases, { titles, fractions });
  // Added metrics may not be fractions.
  const [, ...others] = learningCurves(phases, {
    titles: otherTitles(live.log, Object.keys(titles)),
    fractions: false,
  });
  return markup`${loss}${known}${others}${chart('Learning rate', live.learningRate)}${chart('Gradient norm', live.gradientNorm)}${chart('Samples per second', live.throughput)}${chart('Memory in MB', live.memory, 1e-6)}`;
}

const chart = (title: string, { steps, values }: Track, scale = 1): Markup | string =>
  values.some(Number.isFinite)
    ? lineChart(title, [{ name: 'now', steps, values: values.map((value) => value * scale) }], { x: 'step' })
    : '';

/** The score and tables of the latest validation. */
export function scoresSection({ objective, names }: HeldOut, { batches }: Validated): Markup {
  const evaluator = objective.evaluator(names);
  for (const { outputs, labels } of batches) evaluator.add(outputs, labels);
  const { score, samples, head, rows } = evaluator.result();
  const title = objective.titles[objective.score]!;
  return markup`<p class="lead">${title[0]!.toUpperCase() + title.slice(1)} ${objective.show(objective.score, score)} on ${counted(samples, 'held-out example')}, after the latest epoch</p>${evaluator.tables?.() ?? htmlTable('Scores', head, rows)}`;
}

/** All warnings of the run. */
export const warningsSection = ({ warnings }: LiveRun): Markup =>
  warnings.length ? markup`<ul>${warnings.map((text) => markup`<li>${text}</li>`)}</ul>` : markup`<p>None.</p>`;
