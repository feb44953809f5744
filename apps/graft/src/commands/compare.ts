import { RunFiles, type Summary } from '@graft/finetune';
import { duration, textTable } from '@graft/report';
import { fileStorage } from '@graft/storage/node';
import { type PluginOptions, withApp } from '../open-app.ts';
import { scoringOf } from '../run-report.ts';

/** Prints runs beside each other, the best first and marked. @throws where a folder is not a finished run, or runs predict different things */
export async function compareRuns(
  paths: readonly string[],
  { json, ...plugins }: PluginOptions & { json?: boolean },
): Promise<void> {
  const runs = await Promise.all(
    paths.map(async (path) => ({ path, summary: await new RunFiles(fileStorage(path)).summary() })),
  );
  await withApp(plugins, async (app) => {
    const { name, score, titles, show } = scoringOf(app, runs[0]!.summary);
    const taskOf = ({ task = 'classification' }: Summary): string => task;
    const other = runs.find(({ summary }) => taskOf(summary) !== name);
    if (other)
      throw new Error(
        `"${runs[0]!.path}" is a run of ${name} and "${other.path}" one of ${taskOf(other.summary)}, so their scores cannot be compared. Give runs of one task.`,
      );
    // Runs of earlier versions have the accuracy alone.
    const scoreOf = ({ validation, validationAccuracy }: Summary): number =>
      [validation?.[score], score === 'accuracy' ? validationAccuracy : undefined].find(
        (one) => typeof one === 'number',
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
    const head = [
      'run',
      '',
      titles[score]!,
      'held out',
      'model',
      'unfrozen',
      'rate',
      'epochs',
      'views',
      'seed',
      'training',
    ];
    const rows = sorted.map(({ path, summary }) => {
      const own = scoreOf(summary);
      return [
        path,
        own === top && Number.isFinite(top) ? 'best' : '',
        Number.isFinite(own) ? show(score, own) : '–',
        shown(summary['validationImages']),
        summary.model,
        shown(summary['unfreeze']),
        shown(summary['learningRate']),
        shown(summary.epochs),
        shown(summary['views']),
        shown(summary['seed']),
        duration(summary.trainSeconds),
      ];
    });
    console.log(textTable(head, rows));
  });
}
