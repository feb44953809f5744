import { createGraft } from '@graft/graft';
import { appFolder } from '../app-folder.ts';
import { type Watcher, withDashboard } from '../dashboard/with-dashboard.ts';
import { parameterCounts } from '../parameter-counts.ts';
import type { Reporter } from '../reporter.ts';
import type { RunFolder, Summary } from '../run-folder.ts';
import { crossValidate } from './cross-validate.ts';
import { finishRun } from './finish-run.ts';
import { prepareRun } from './prepared-run.ts';
import type { RunOptions } from './run-options.ts';
import { trainPhases } from './run-phases.ts';
import { checkSameStart, type RunRecord } from './run-record.ts';

/**
 * Does a run from its options to its files, or what is left of it.
 * @param begun what the folder's `run.json` says, where the run goes on
 */
export function carryOut(options: RunOptions, run: RunFolder, reporter: Reporter, begun?: RunRecord): Promise<Summary> {
  const work = (heard: Reporter, watcher?: Watcher): Promise<Summary> => fromOptionsToFiles(options, run, heard, begun, watcher);
  if (options.dashboard === undefined || options.dashboard === false) return work(reporter);
  return withDashboard(options, run, reporter, work);
}

async function fromOptionsToFiles(options: RunOptions, run: RunFolder, reporter: Reporter, begun?: RunRecord, watcher?: Watcher): Promise<Summary> {
  const app = await createGraft({ modelsFrom: [process.cwd(), appFolder] });
  try {
    const prepared = await prepareRun(app, options, reporter);
    await watcher?.opened(prepared);
    // Four bytes a number: the model and its weights, and three checkpoints with two more numbers for each that learns.
    const { parameters, trainableParameters } = parameterCounts(prepared.model);
    const { folds = 0 } = options; // each keeps what it learned until the end
    await run.wantSpace(20 * parameters + 24 * trainableParameters + 4 * folds * (options.unfreeze === 0 ? trainableParameters : parameters) + 1e6);
    if (begun) checkSameStart(begun, prepared.record);
    else await run.begin(prepared.record);
    const validated = folds ? await crossValidate(prepared, folds, run, reporter) : undefined;
    return await finishRun(prepared, await trainPhases(prepared, run, reporter, { watcher }), run, reporter, validated);
  } finally {
    await app.dispose();
  }
}
