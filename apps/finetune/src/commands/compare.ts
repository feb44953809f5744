import { RunFolder, type Summary } from '../run-folder.ts';
import { duration } from '../quantities.ts';
import { table } from '../table.ts';
import { taskOf } from '../task/tasks.ts';

/** Prints runs beside each other, the best first and marked. @throws where a folder is no finished run, or runs answer different kinds of questions */
export async function compareRuns(paths: readonly string[], { json }: { json?: boolean }): Promise<void> {
  const runs = await Promise.all(
    paths.map(async (path): Promise<{ path: string; summary: Summary }> => ({
      path,
      summary: await RunFolder.open(path).summary(),
    })),
  );
  const task = taskOf(runs[0]!.summary);
  const other = runs.find(({ summary }) => taskOf(summary) !== task);
  if (other)
    throw new Error(
      `"${runs[0]!.path}" is a run of ${task.name} and "${other.path}" one of ${taskOf(other.summary).name}: their scores do not compare. Give runs of one task.`,
    );
  // Runs of earlier versions have the accuracy alone.
  const scoreOf = ({ validation, validationAccuracy }: Summary): number =>
    [validation?.[task.score], task.name === 'classification' ? validationAccuracy : undefined].find(
      (score) => typeof score === 'number',
    ) ?? Number.NEGATIVE_INFINITY;
  const sorted = runs.toSorted((a, b) => scoreOf(b.summary) - scoreOf(a.summary) || 0);
  if (json)
    return console.log(
      JSON.stringify(
        sorted.map(({ path, summary }) => ({ path, ...summary })),
        null,
        2,
      ),
    );
  const top = scoreOf(sorted[0]!.summary);
  const shown = (value: unknown): string =>
    typeof value === 'string' || typeof value === 'number' ? String(value) : '–';
  console.log(
    table(
      [
        'run',
        '',
        task.titles[task.score]!,
        'images',
        'model',
        'unfrozen',
        'rate',
        'epochs',
        'views',
        'seed',
        'training',
      ],
      sorted.map(({ path, summary }) => {
        const score = scoreOf(summary);
        return [
          path,
          score === top && Number.isFinite(top) ? 'best' : '',
          Number.isFinite(score) ? task.show(task.score, score) : '–',
          shown(summary['validationImages']),
          summary.model,
          shown(summary['unfreeze']),
          shown(summary['learningRate']),
          shown(summary.epochs),
          shown(summary['views']),
          shown(summary['seed']),
          duration(summary.trainSeconds),
        ];
      }),
    ),
  );
}
