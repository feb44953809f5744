import { duration, textTable } from '@graft/report';
import type { RunComparison } from './compare-runs.ts';

/** Describes runs as a text table, best first. */
export function describeComparison({ objective, runs }: RunComparison): string {
  const shown = (value: unknown): string =>
    typeof value === 'string' || typeof value === 'number' ? String(value) : '–';
  const head = [
    'run',
    '',
    objective.titles[objective.score]!,
    'held out',
    'model',
    'unfreeze',
    'learning rate',
    'epochs',
    'views',
    'seed',
    'training',
  ];
  const rows = runs.map(({ storage, summary, score, best }) => [
    storage.location,
    best ? 'best' : '',
    score === undefined ? '–' : objective.show(objective.score, score),
    shown(summary['validationImages']),
    shown(summary.model),
    shown(summary['unfreeze']),
    shown(summary['learningRate']),
    shown(summary.epochs),
    shown(summary['views']),
    shown(summary['seed']),
    typeof summary.trainSeconds === 'number' ? duration(summary.trainSeconds) : '–',
  ]);
  return textTable(head, rows);
}
