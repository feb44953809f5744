import { counted, duration, textTable } from '@graft/report';
import type { Objective } from '@graft/tasks';
import type { ComparedRun, RunComparison } from './compare-runs.ts';

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
  const sentences = runs.flatMap((run) => sentenceOf(run, runs, objective));
  return [textTable(head, rows), ...(sentences.length ? ['', ...sentences] : [])].join('\n');
}

/** Says whether a run differs from the best one by more than noise. */
function sentenceOf(
  { storage, summary, difference }: ComparedRun,
  runs: RunComparison['runs'],
  objective: Objective,
): string[] {
  if (!difference) return [];
  const { by, shared, test, p, interval, significant, unpaired } = difference;
  const noun = nounOf(summary.modality);
  const amount = (value: number): string =>
    objective.fractions ? `${(100 * value).toFixed(1)} points` : objective.show(objective.score, value);
  const range = (interval ?? [])
    .map((end) =>
      (objective.fractions ? (100 * end).toFixed(1) : objective.show(objective.score, end)).replace('-', '−'),
    )
    .join(' to ')
    .concat(objective.fractions ? ' points' : '');
  const title = objective.titles[objective.score]!;
  const best = runs[0]!.storage.location;
  const compared =
    by === 0
      ? `the same ${title} as ${best}`
      : `${title} ${amount(Math.abs(by))} ${by > 0 ? 'below' : 'above'} ${best}`;
  const start = `${storage.location}: ${compared}; the difference is ${significant ? 'more than' : 'within'} noise`;
  if (p !== undefined) {
    const many = runs.filter((run) => run.difference?.p !== undefined).length;
    const shown = p < 0.001 ? 'p < 0.001' : `p = ${Number(p.toPrecision(2))}`;
    const how = test === 'mcnemar' ? 'exact McNemar test' : 'permutation test';
    return [
      `${start}: ${shown} on ${counted(shared!, `shared held-out ${noun}`)} (${how}${many > 1 ? `, corrected for ${many} comparisons` : ''}).`,
    ];
  }
  const reason = {
    predictions: 'at least one of the runs holds no predictions of its held-out examples',
    names: `the runs have different ${objective.noun[1]}`,
    examples: `the runs were evaluated on different held-out ${noun}s`,
    none: 'the score is not one of the metrics of the task',
  }[unpaired ?? 'none'];
  if (interval) return [`${start}: its 95 % confidence interval is ${range} (unpaired, because ${reason}).`];
  return [`${storage.location}: ${compared}; whether the difference is noise is unknown, because ${reason}.`];
}

/** The word for an example of a run; summaries do not have it. */
const nounOf = (modality = 'image'): string => (modality === 'image' || modality === 'text' ? modality : 'example');
