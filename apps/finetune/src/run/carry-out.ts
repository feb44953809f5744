import { createGraft } from '@graft/graft';
import { appFolder } from '../app-folder.ts';
import { type Watcher, withDashboard } from '../dashboard/with-dashboard.ts';
import { parameterCounts } from '../parameter-counts.ts';
import type { Reporter } from '../reporter.ts';
import type { RunFolder, Summary } from '../run-folder.ts';
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
  return options.dashboard === undefined || options.dashboard === false ? work(reporter) : withDashboard(options, run, reporter, work);
}

async function fromOptionsToFiles(options: RunOptions, run: RunFolder, reporter: Reporter, begun?: RunRecord, watcher?: Watcher): Promise<Summary> {
  const app = await createGraft({ modelsFrom: [process.cwd(), appFolder] });
  try {
    const prepared = await prepareRun(app, options, reporter);
    await watcher?.opened(prepared);
    // Four bytes a number: the model and its weights, and three checkpoints with two more numbers for each that learns.
    const { parameters, trainableParameters } = parameterCounts(prepared.model);
    await run.wantSpace(20 * parameters + 24 * trainableParameters + 1e6);
    if (begun) checkSameStart(begun, prepared.record);
    else await run.begin(prepared.record);
    return await finishRun(prepared, await trainPhases(prepared, run, reporter, watcher), run, reporter);
  } finally {
    await app.dispose();
  }
}
