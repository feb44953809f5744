import { compareRuns, describeComparison } from '@graft/finetune';
import { fileStorage } from '@graft/storage/node';
import { type PluginOptions, withApp } from '../open-app.ts';
import { writeOut } from '../write-out.ts';

/** Prints runs of the same task side by side, best first. */
export async function printComparison(
  paths: readonly string[],
  { json, ...plugins }: PluginOptions & { json?: boolean },
): Promise<void> {
  await withApp(plugins, async (app) => {
    const comparison = await compareRuns(app, paths.map(fileStorage));
    if (json) {
      const summaries = comparison.runs.map(({ storage, summary, difference }) => ({
        path: storage.location,
        ...summary,
        ...(difference && { difference }),
      }));
      return writeOut(JSON.stringify(summaries, null, 2));
    }
    writeOut(describeComparison(comparison));
  });
}
