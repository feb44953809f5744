import { cardOf, cards } from './cards.ts';
import { contradictionsSection } from './contradictions-section.ts';
import { htmlTable } from './html-table.ts';
import { learningSection } from './learning-section.ts';
import { markup } from './markup.ts';
import type { EvaluatedExample, ReportedRun } from './reported-run.ts';
import { rejectionSection } from './rejection-section.ts';
import type { ReportSection } from './report-section.ts';

const hardestShown = 12;

/** The `most` examples with the largest errors, worst first. */
export function hardestOf(
  { objective, examples }: Pick<ReportedRun, 'objective' | 'examples'>,
  most: number,
): EvaluatedExample[] {
  const distance = objective.distance(examples.map(({ label }) => label));
  return examples
    .map((example) => ({ example, far: distance(example.values, example.label) }))
    .sort((a, b) => b.far - a.far)
    .slice(0, most)
    .map(({ example }) => example);
}

const scores: ReportSection = {
  name: 'scores',
  title: 'Scores',
  order: 20,
  render: ({ evaluation }) => evaluation && htmlTable('Scores', evaluation.head, evaluation.rows),
};

const simpleMethods: ReportSection = {
  name: 'baselines',
  title: 'Compared with simple methods',
  lead: 'Scores on the same held-out examples, from the features of the frozen network.',
  order: 15,
  render: ({ baselines = [], objective: { titles, score } }) =>
    baselines.length
      ? htmlTable(
          'Compared with simple methods',
          ['method', titles[score]!, '95 % interval', 'mean loss'],
          baselines.map(({ name, score: value, interval, loss }) => [name, value, interval, loss]),
        )
      : undefined,
};

const hardest: ReportSection = {
  name: 'hardest',
  title: 'Hardest examples',
  lead: 'Held-out examples with the largest errors.',
  order: 40,
  async render(run) {
    const shown = hardestOf(run, hardestShown);
    if (!shown.length) return undefined;
    const all = await Promise.all(
      shown.map((example) => cardOf(example, run.objective.compare(example.values, example.label, run.names))),
    );
    const legend = all.some(({ highlights }) => highlights !== undefined)
      ? markup`<p class="lead">Words on green support the prediction, words on red contradict it: without them, it would be less or more certain.</p>`
      : all.some(({ evidence }) => evidence !== undefined)
        ? markup`<p class="lead">Bright regions in the second picture support the prediction (Grad-CAM).</p>`
        : '';
    return markup`${legend}${cards(all)}`;
  },
};

const warnings: ReportSection = {
  name: 'warnings',
  title: 'Warnings',
  order: 80,
  render: ({ warnings }) =>
    warnings.length ? markup`<ul>${warnings.map((text) => markup`<li>${text}</li>`)}</ul>` : undefined,
};

const leftOut: ReportSection = {
  name: 'left-out',
  title: 'Skipped examples',
  lead: 'Files and rows that could not be used.',
  order: 85,
  render: ({ quarantined }) =>
    quarantined.length
      ? markup`<table><thead><tr><th scope="col">example</th><th scope="col">reason</th></tr></thead><tbody>${quarantined.map(({ place, reason }) => markup`<tr><td class="name">${place}</td><td class="wide">${reason}</td></tr>`)}</tbody></table>`
      : undefined,
};

const thisRun: ReportSection = {
  name: 'this-run',
  title: 'About this run',
  order: 90,
  render: ({ facts, reproduce }) =>
    markup`<table><tbody>${facts.map(([name, value]) => markup`<tr><th scope="row">${name}</th><td class="wide">${value}</td></tr>`)}</tbody></table>${reproduce === undefined ? '' : markup`<p>Repeat this run with:</p><pre tabindex="0">${reproduce}</pre>`}`,
};

/** Sections of every report, for any objective. */
export const standardSections: readonly ReportSection[] = [
  learningSection,
  simpleMethods,
  scores,
  hardest,
  rejectionSection,
  contradictionsSection,
  warnings,
  leftOut,
  thisRun,
];
