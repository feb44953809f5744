import { shortNumber, textTable } from '@graft/report';
import type { Recommendation } from './recommend-model.ts';

/** 3.41M, 813K */
const compact = new Intl.NumberFormat('en', { notation: 'compact', maximumSignificantDigits: 3 });

/** Describes a comparison of models as text: a table of those that were measured, and why others were not. */
export function describeRecommendation({
  objective: { score, titles, show },
  noun,
  examples,
  folds,
  models,
  recommended,
  rejected,
}: Recommendation): string {
  const rows = models.map((model) => [
    model.name,
    `${show(score, model.score)} ± ${show(score, model.deviation)}`,
    shortNumber(model.perSecond),
    model.features.toLocaleString('en'),
    compact.format(model.parameters),
    model === recommended ? '← recommended' : '',
  ]);
  return [
    textTable(['model', titles[score]!, `${noun}/s`, 'features', 'parameters', ''], rows),
    '',
    `Mean and standard deviation over ${folds} folds of ${examples} ${noun}: a new head on frozen features. Of models within one standard error of the best, the fastest is recommended.`,
    ...rejected.map(({ name, reason }) => `Not measured: ${name}: ${reason}`),
  ].join('\n');
}
