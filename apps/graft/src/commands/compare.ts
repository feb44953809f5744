import { compareRuns } from '@graft/finetune';
import { duration, textTable } from '@graft/report';
import { fileStorage } from '@graft/storage/node';
import { type PluginOptions, withApp } from '../open-app.ts';
import { writeOut } from '../write-out.ts';

/** Prints runs of the same task side by side, best first. */
export async function printComparison(
  paths: readonly string[],
  { json, ...plugins }: PluginOptions & { json?: boolean },
): Promise<void> {
  await withApp(plugins, async (app) => {
    const { objective, runs } = await compareRuns(app, paths.map(fileStorage));
    if (json) {
      const summaries = runs.map(({ storage, summary }) => ({ path: storage.location, ...summary }));
      return writeOut(JSON.stringify(summaries, null, 2));
    }
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
    writeOut(textTable(head, rows));
  });
}
