import { validationName } from '@graft/train';
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

/** Learning curves, phase after phase. */
export const learningSection: ReportSection = {
  name: 'learning',
  title: 'Learning curves',
  order: 10,
  render({ phases, objective }) {
    const kept = phases
      .filter(({ best }) => best !== undefined)
      .map(({ name, best, log }) => `${name}: epoch ${best} of ${log.length}`);
    return markup`<div class="charts">${learningCurves(phases, objective)}</div>${kept.length ? markup`<p class="lead">Kept weights: ${kept.join('; ')}.</p>` : ''}`;
  },
};
