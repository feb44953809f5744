import type { Watcher } from '../dashboard/with-dashboard.ts';
import { openApp } from '../open-app.ts';
import { parameterCounts } from '../parameter-counts.ts';
import type { Reporter } from '../reporter.ts';
import type { RunFolder, Summary } from '../run-folder.ts';
import { wantPlugins } from '../wanted-plugins.ts';
import { prepareRun } from './prepared-run.ts';
import type { RunOptions } from './run-options.ts';
import { trainPhases } from './run-phases.ts';
import { checkSameStart, type RunRecord } from './run-record.ts';

/**
 * Does a run from its options to its files, or what is left of it.
 * @param begun what the folder's `run.json` says, where the run goes on
 */
export async function carryOut(
  options: RunOptions,
  run: RunFolder,
  reporter: Reporter,
  begun?: RunRecord,
): Promise<Summary> {
  const work = (heard: Reporter, watcher?: Watcher): Promise<Summary> =>
    fromOptionsToFiles(options, run, heard, begun, watcher);
  if (options.dashboard === undefined || options.dashboard === false) return work(reporter);
  const { withDashboard } = await import('../dashboard/with-dashboard.ts');
  return withDashboard(options, run, reporter, work);
}

async function fromOptionsToFiles(
  options: RunOptions,
  run: RunFolder,
  reporter: Reporter,
  begun?: RunRecord,
  watcher?: Watcher,
): Promise<Summary> {
  const app = await openApp(options);
  try {
    if (begun) wantPlugins(app, begun.plugins);
    const prepared = await prepareRun(app, options, reporter);
    await watcher?.opened(prepared);
    // Four bytes a number: the model and its weights, and three checkpoints with two more numbers for each that learns.
    const { parameters, trainableParameters } = parameterCounts(prepared.model);
    const { folds = 0 } = options; // each keeps what it learned until the end
    await run.wantSpace(
      20 * parameters +
        24 * trainableParameters +
        4 * folds * (options.unfreeze === 0 ? trainableParameters : parameters) +
        1e6,
    );
    if (begun) checkSameStart(begun, prepared.record);
    else await run.begin(prepared.record);
    // What comes later is loaded later: a run begins sooner.
    const validated = folds
      ? await (await import('./cross-validate.ts')).crossValidate(prepared, folds, run, reporter)
      : undefined;
    const trained = await trainPhases(prepared, run, reporter, { watcher });
    const { finishRun } = await import('./finish-run.ts');
    return await finishRun(prepared, trained, run, reporter, validated);
  } finally {
    await app.dispose();
  }
}
