import type { Scoring } from '@graft/report';
import type { CrossValidation } from './cross-validate.ts';

/** `5 folds: accuracy 93.5 % ± 1.2 % (95.0 %, …)`: mean ± deviation of all metrics, and the score of each fold. */
export function foldsText({ count, mean, deviation, each }: CrossValidation, { score, titles, show }: Scoring): string {
  const all = Object.entries(mean).map(
    ([name, value]) => `${titles[name] ?? name} ${show(name, value)} ± ${show(name, deviation[name]!)}`,
  );
  return `${count} folds: ${all.join(', ')} (${titles[score]!} ${each.map((scores) => show(score, scores[score]!)).join(', ')})`;
}
