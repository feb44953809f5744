import type { CrossValidation } from './cross-validate.ts';
import { parameterCounts } from './parameter-counts.ts';
import type { Job } from './job.ts';
import { type PreparedRun, prepareRun } from './prepared-run.ts';
import type { RunFiles } from './run-files.ts';
import { type PhaseCallbacks, trainPhases } from './run-phases.ts';
import { checkSameStart, type RunRecord } from './run-record.ts';
import type { Summary } from './summary.ts';
import { expectPlugins } from './wanted-plugins.ts';
import type { Work } from './work.ts';

/** Options of {@link carryOut}. */
export interface CarryOutOptions {
  /** The contents of `run.json`, if the run is resumed. */
  readonly begun?: RunRecord | undefined;
  readonly callbacks?: PhaseCallbacks | undefined;
  /** Called when model and data are ready. */
  readonly onPrepared?: ((prepared: PreparedRun) => void | Promise<void>) | undefined;
  /** Command or code that repeats the run, shown in its report. */
  readonly reproduce?: string | undefined;
}

/** Executes a run, or the rest of an interrupted one, and writes its files. */
export async function carryOut(
  work: Work,
  job: Job,
  files: RunFiles,
  { begun, callbacks, onPrepared, reproduce }: CarryOutOptions = {},
): Promise<Summary> {
  const { app, progress } = work;
  if (begun) expectPlugins(app, begun.plugins);
  const prepared = await prepareRun(work, job, begun);
  const { options } = job;
  await onPrepared?.(prepared);
  // Disk space at 4 bytes a number: the exported model, its weights and three checkpoints, which hold two optimizer values per trained weight.
  const { parameters, trainableParameters } = parameterCounts(prepared.model);
  const { folds = 0 } = options; // each keeps its trained weights until the end
  const each = options.unfreeze === 0 ? trainableParameters : parameters;
  await files.expectSpace(20 * parameters + 24 * trainableParameters + 4 * folds * each + 1e6);
  if (begun) checkSameStart(begun, prepared.record);
  else await files.begin(prepared.record);
  // Dynamic imports, to start training sooner.
  let validated: CrossValidation | undefined;
  if (folds) {
    const { crossValidate } = await import('./cross-validate.ts');
    validated = await crossValidate(prepared, folds, files, progress, callbacks);
  }
  const phases = await trainPhases(prepared, files, progress, { callbacks });
  const { finishRun } = await import('./finish-run.ts');
  return finishRun(prepared, phases, files, progress, { folds: validated, reproduce });
}
