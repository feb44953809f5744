import { RunFolder, type Summary } from '../run-folder.ts';
import { duration, percent } from '../quantities.ts';
import { table } from '../table.ts';

/** Prints runs beside each other, the best first and marked. @throws where a folder is no finished run */
export async function compareRuns(paths: readonly string[], { json }: { json?: boolean }): Promise<void> {
  const runs = await Promise.all(paths.map(async (path): Promise<{ path: string; summary: Summary }> => ({ path, summary: await RunFolder.open(path).summary() })));
  const best = (summary: Summary): number => (typeof summary.validationAccuracy === 'number' ? summary.validationAccuracy : -1);
  const sorted = runs.toSorted((a, b) => best(b.summary) - best(a.summary));
  if (json) return console.log(JSON.stringify(sorted.map(({ path, summary }) => ({ path, ...summary })), null, 2));
  const top = best(sorted[0]!.summary);
  const shown = (value: unknown): string => (typeof value === 'string' || typeof value === 'number' ? String(value) : '–');
  console.log(table(['run', '', 'accuracy', 'images', 'model', 'unfrozen', 'rate', 'epochs', 'views', 'seed', 'training'], sorted.map(({ path, summary }) => [
    path, best(summary) === top && top >= 0 ? 'best' : '', percent(summary.validationAccuracy), shown(summary['validationImages']), summary.model, shown(summary['unfreeze']), shown(summary['learningRate']), shown(summary.epochs), shown(summary['views']), shown(summary['seed']), duration(summary.trainSeconds),
  ])));
}
