import { type EpochLog, validationName } from '@graft/train';
import { lineChart, type Series } from './charts.ts';
import { type Markup, markup } from './markup.ts';
import type { ReportedPhase, Scoring } from './reported-run.ts';
import type { ReportSection } from './report-section.ts';

const titleOf = (title: string): string => title[0]!.toUpperCase() + title.slice(1);

/** Loss and metrics of each epoch, on training and held-out examples, as far as the log has them. Where one phase ends and the next begins a line is drawn. */
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
    ...Object.entries(titles).flatMap(([name, title]) => chart(name, titleOf(title), fractions)),
  ];
}

/**
 * Titles of the metrics in a log beside those that are known: `topFive` is top five.
 * @param known names that have a title already
 */
export function otherTitles(log: readonly EpochLog[], known: readonly string[]): Record<string, string> {
  const names = new Set(log.flatMap((epoch) => Object.keys(epoch)));
  const own = [...names].filter(
    (name) =>
      !['epoch', 'loss', ...known].includes(name) &&
      ![...names, 'loss', ...known].some((metric) => validationName(metric) === name),
  );
  // Without metrics of training data, only the validation's are there.
  return Object.fromEntries(
    own.map((name) => {
      const metric = name.replace(/^validation(?=[A-Z])/, '');
      const plain = metric[0]!.toLowerCase() + metric.slice(1);
      return [plain, plain.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)];
    }),
  );
}

/** Learning curves, phase after phase: the loss, the objective's metrics, and those that the run's options added. */
export const learningSection: ReportSection = {
  name: 'learning',
  title: 'Learning curves',
  order: 10,
  render({ phases, objective }) {
    const kept = phases
      .filter(({ best }) => best !== undefined)
      .map(({ name, best, log }) => `${name}: epoch ${best} of ${log.length}`);
    const known = Object.keys(objective.titles);
    const others = otherTitles(
      phases.flatMap(({ log }) => log),
      known,
    );
    // Whether metrics beside the objective's are fractions is not known.
    const [, ...added] = learningCurves(phases, { titles: others, fractions: false });
    return markup`<div class="charts">${learningCurves(phases, objective)}${added}</div>${kept.length ? markup`<p class="lead">Kept weights: ${kept.join('; ')}.</p>` : ''}`;
  },
};
