import type { ClassReport, ConfusionMatrix, EpochLog, ReliabilityBin } from '@graft/train';
import { counted, duration, percent } from '../quantities.ts';
import { classification } from '../task/classification.ts';
import { cards, type Shown } from './cards.ts';
import { map, reliabilityDiagram } from './charts.ts';
import { classTables } from './class-tables.ts';
import { curves } from './curves.ts';
import { interval } from './judge.ts';
import { type Markup, markup } from './markup.ts';
import { sourceOf, style } from './style.ts';

/** All that a report shows. Names come from strangers and are escaped where they are written. */
export interface ReportContent {
  readonly title: string;
  readonly classes: readonly string[];
  readonly report: ClassReport;
  readonly matrix: ConfusionMatrix;
  readonly log: readonly EpochLog[];
  readonly calibration: { readonly bins: readonly ReliabilityBin[]; readonly error: number };
  readonly hardest: readonly Shown[];
  readonly labelErrors: readonly Shown[];
  readonly alike: readonly { readonly one: Shown; readonly other: Shown; readonly text: string }[];
  readonly plane: readonly { readonly x: number; readonly y: number; readonly group: number; readonly label: string }[];
  readonly quarantined: readonly { readonly path: string; readonly reason: string }[];
  readonly facts: readonly (readonly [name: string, value: string])[];
  /** The command that does the run again. */
  readonly command: string;
  readonly seconds: number;
}

/** A report as one file that asks nothing of the network. */
export function reportPage(content: ReportContent): string {
  const { title, classes, report, matrix, log, calibration, hardest, labelErrors, plane, quarantined, facts, command } =
    content;
  const right = Math.round(report.accuracy * report.samples);
  const [low, high] = interval(right, report.samples);
  const sections = [
    section('Learning', markup`<div class="charts">${curves(log, classification)}</div>`),
    section('Classes', classTables(report, matrix, classes)),
    section(
      'Hardest images',
      hardest.length ? cards(hardest) : markup`<p>There were no images to judge by.</p>`,
      `The greatest losses of the images that were held back.${hardest.some(({ evidence }) => evidence !== undefined) ? ' Bright places speak for the answer (Grad-CAM).' : ''}`,
    ),
    section(
      'Labels to look at',
      labelErrors.length ? cards(labelErrors) : markup`<p>None stands out.</p>`,
      'The model is surer of another class than it usually is of that class. Some are wrong labels, some are hard.',
    ),
    section(
      'Images that look alike',
      alikeList(content),
      'To the backbone, of those that were held back. The same thing many times makes a score that says less than it seems.',
    ),
    section(
      'Calibration',
      markup`<div class="charts">${reliabilityDiagram('How sure, how right', calibration.bins)}<p class="figure-side">Expected calibration error: <strong>${percent(calibration.error)}</strong>. ${calibration.error > 0.1 ? 'The probabilities are not to be taken at their word; label smoothing or more images may help.' : ''}</p></div>`,
    ),
    ...(plane.length > 2
      ? [
          section(
            'Map of the features',
            markup`<div class="charts">${map('On their two principal axes', plane, classes)}</div>`,
          ),
        ]
      : []),
    ...(quarantined.length
      ? [
          section(
            'Left out',
            markup`<table><thead><tr><th scope="col">file</th><th scope="col">reason</th></tr></thead><tbody>${quarantined.map(({ path, reason }) => markup`<tr><td class="name">${path}</td><td class="wide">${reason}</td></tr>`)}</tbody></table>`,
            'Files that could not be read.',
          ),
        ]
      : []),
    section(
      'This run',
      markup`<table><tbody>${facts.map(([name, value]) => markup`<tr><th scope="row">${name}</th><td class="wide">${value}</td></tr>`)}</tbody></table><p>The same again:</p><pre tabindex="0">${command}</pre>`,
    ),
  ];
  return framed(
    title,
    markup`<strong>${percent(report.accuracy)}</strong> of ${counted(report.samples, 'image')} right that it had not seen <span>(95 % interval ${percent(low)} to ${percent(high)}; ${duration(content.seconds)} of training)</span>`,
    sections,
  );
}

/** Sections as one page, with what it comes to in front. */
export const framed = (title: string, score: Markup, sections: readonly ReturnType<typeof section>[]): string =>
  `<!doctype html>\n${markup`<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src ${sourceOf(style)}"><meta name="referrer" content="no-referrer">
<title>${title}</title><style>${style}</style></head><body><header><h1>${title}</h1>
<p class="score">${score}</p>
<nav aria-label="Sections">${sections.map(({ name, id }) => markup`<a href="#${id}">${name}</a> `)}</nav></header><main>${sections.map(({ body }) => body)}</main></body></html>`}\n`;

export function section(
  name: string,
  inner: Markup,
  lead?: string,
): { readonly name: string; readonly id: string; readonly body: Markup } {
  const id = name.toLowerCase().replaceAll(' ', '-');
  return {
    name,
    id,
    body: markup`<section aria-labelledby="${id}"><h2 id="${id}">${name}</h2>${lead === undefined ? '' : markup`<p class="lead">${lead}</p>`}${inner}</section>`,
  };
}

const alikeList = ({ alike }: ReportContent): Markup =>
  alike.length
    ? markup`<ul class="cards">${alike.map(({ one, other, text }) => markup`<li><span class="pictures"><img src="${one.image}" alt="${one.name}" width="96" height="96"><img src="${other.image}" alt="${other.name}" width="96" height="96"></span><span class="text">${text}</span><span class="path">${one.name}, ${other.name}</span></li>`)}</ul>`
    : markup`<p>None of those that were held back.</p>`;
