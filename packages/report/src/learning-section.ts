import { type EpochLog, validationName } from '@graft/train';
import { lineChart, type Series } from './charts.ts';
import { type Markup, markup } from './markup.ts';
import type { ReportedPhase, ReportedRun, Scoring } from './reported-run.ts';
import type { ReportSection } from './report-section.ts';

const capitalised = (title: string): string => title[0]!.toUpperCase() + title.slice(1);

/** Charts of the loss and of each metric in the log, for training and validation. A vertical line marks the start of each later phase. */
export function learningCurves(
  phases: readonly ReportedPhase[],
  { titles, fractions }: Omit<Scoring, 'show' | 'score'>,
): Markup[] {
  const log = phases.flatMap((phase) => phase.log);
  const marks = phases.slice(1).map(({ name }, i) => ({
    at: phases.slice(0, i + 1).reduce((sum, phase) => sum + phase.log.length, 0) + 0.5,
    label: name,
  }));
  const chart = (name: string, title: string, percent: boolean): Markup[] => {
    const series = [name, validationName(name)].flatMap((one, look): Series[] =>
      log.some((epoch) => one in epoch)
        ? [
            {
              name: look ? 'validation' : 'training',
              look: look as 0 | 1,
              values: log.map((epoch) => epoch[one] ?? Number.NaN),
            },
          ]
        : [],
    );
    return series.length ? [lineChart(title, series, { percent, marks })] : [];
  };
  return [
    ...chart('loss', 'Loss', false),
    ...Object.entries(titles).flatMap(([name, title]) => chart(name, capitalised(title), fractions)),
  ];
}

/**
 * Titles for the metrics in a log that have none yet: `topFive` becomes `top five`.
 * @param known names that already have a title
 */
export function otherTitles(log: readonly EpochLog[], known: readonly string[]): Record<string, string> {
  const names = new Set(log.flatMap((epoch) => Object.keys(epoch)));
  const own = [...names].filter(
    (name) =>
      !['epoch', 'loss', ...known].includes(name) &&
      ![...names, 'loss', ...known].some((metric) => validationName(metric) === name),
  );
  // If metrics are computed on validation data only, the log has no name without the prefix.
  return Object.fromEntries(
    own.map((name) => {
      const metric = name.replace(/^validation(?=[A-Z])/, '');
      const plain = metric[0]!.toLowerCase() + metric.slice(1);
      return [plain, plain.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)];
    }),
  );
}

/** The loss for each strength of the penalty of a fitted head. */
function penaltyChart(path: NonNullable<ReportedRun['path']>, strength: number | undefined): Markup[] {
  if (path.length < 2) return [];
  const steps = path.map((one) => -Math.log10(one.strength) || 0); // no −0
  return [
    lineChart(
      'Loss by penalty of the head',
      [
        { name: 'training', look: 0, values: path.map(({ loss }) => loss), steps },
        { name: 'cross-validated', look: 1, values: path.map(({ heldOutLoss }) => heldOutLoss), steps },
      ],
      {
        x: '−log₁₀ of the penalty',
        marks: strength === undefined ? [] : [{ at: -Math.log10(strength), label: 'chosen' }],
      },
    ),
  ];
}

/** Learning curves of all phases: the loss, the objective's metrics, and metrics added by the run's options. */
export const learningSection: ReportSection = {
  name: 'learning',
  title: 'Learning curves',
  order: 10,
  render({ phases, objective, outcome = [], path, strength }) {
    const penalty = path ? penaltyChart(path, strength) : [];
    const ends = outcome.map((sentence) => markup`<p class="lead">${sentence}</p>`);
    if (!phases.length) return penalty.length ? markup`<div class="charts">${penalty}</div>${ends}` : undefined;
    const known = Object.keys(objective.titles);
    const others = otherTitles(
      phases.flatMap(({ log }) => log),
      known,
    );
    // Added metrics may not be fractions.
    const [, ...added] = learningCurves(phases, { titles: others, fractions: false });
    return markup`<div class="charts">${penalty}${learningCurves(phases, objective)}${added}</div>${ends}`;
  },
};
