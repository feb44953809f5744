import { asGraftError } from '@graft/plugin';
import { memoryStorage, type Storage, storage as storageService } from '@graft/storage';
import type { EpochLog } from '@graft/train';
import { carryOut, type CarryOutOptions } from './carry-out.ts';
import { jobOf } from './job.ts';
import type { RunWarning } from './run-event.ts';
import { RunFiles } from './run-files.ts';
import type { RunOptions } from './run-options.ts';
import type { PhaseCallbacks } from './run-phases.ts';
import type { ModelInput } from './services.ts';
import type { Summary } from './summary.ts';
import { Work, type WorkContext } from './work.ts';

/** Options of {@link finetune}: those of a run, with model and data as names or as they are. */
export interface FinetuneOptions extends Partial<Omit<RunOptions, 'model' | 'data'>> {
  /** A zoo model's name, a path or an address, the bytes of a file, or a Blob. */
  readonly model: ModelInput;
  /** Where the examples are: a path, a list of `File` objects, or examples such as `[{ input, label }]`. */
  readonly data: unknown;
}

/** What a run works with. Where its signal is aborted, what was trained is kept in the storage, and can be resumed. */
export interface RunContext extends WorkContext {
  /** Where the run keeps its files; default the storage service, else memory. */
  readonly storage?: Storage;
  /** More callbacks for each phase of training, such as a progress bar. */
  readonly callbacks?: PhaseCallbacks;
  /** Hears when model and data are ready. */
  readonly onPrepared?: CarryOutOptions['onPrepared'];
  /** What repeats the run, for its report. */
  readonly reproduce?: string;
  /** What resumes the run, for messages; default the call of {@link resumeRun}. */
  readonly resume?: string;
}

/** What a run gave. */
export interface FinetuneResult {
  /** The numbers of each epoch, over all phases. */
  readonly history: readonly EpochLog[];
  /** The epoch whose weights each phase kept, from 1. */
  readonly best: Readonly<Record<string, number>>;
  /** Metrics on the held-out examples. */
  readonly scores: Readonly<Record<string, number>>;
  readonly warnings: readonly RunWarning[];
  /** Everything that `summary.json` says. */
  readonly summary: Summary;
  /** Where the files are: `model.onnx`, `report.html`, … */
  readonly storage: Storage;
  readonly files: readonly string[];
}

/**
 * Fine-tunes a pretrained network: opens it, reads the data, puts a new head on, trains, evaluates on held-out examples, and writes the model as ONNX
 * with a report.
 * @throws {@link GraftError} with a stable `code`; where the signal is aborted, `run.stopped`
 */
export function finetune({ model, data, ...more }: FinetuneOptions, context: RunContext): Promise<FinetuneResult> {
  return asRun(context, async (work, files) => {
    const job = jobOf({ model, data, ...more }, 'The call of finetune', work.scope);
    return files.fill(() => carryOut(work, job, files, context));
  });
}

/** What a run was given that its files do not hold. */
export interface ResumeOptions {
  /** The model, where it was not given as a name. */
  readonly model?: ModelInput;
  /** The data, where it was not given as a path. */
  readonly data?: unknown;
  /** Plugins of the app as the user named them; the run records them. */
  readonly plugins?: readonly string[];
}

/**
 * Resumes a run that was interrupted, from its storage. It ends in the bits that it would have had.
 * @throws {@link GraftError} where there is no such run, or its model, data or plugins are not what it began with
 */
export function resumeRun(
  context: RunContext & { readonly storage: Storage },
  { model, data, plugins }: ResumeOptions = {},
): Promise<FinetuneResult> {
  return asRun(context, async (work, files) =>
    files.resume(async () => {
      const begun = await files.record();
      const options = { ...begun.options, ...(plugins && { plugins }) } as RunOptions;
      const job = { options, model: model ?? options.model, data: data ?? options.data };
      return carryOut(work, job, files, { ...context, begun });
    }),
  );
}

/** Does a run in its own scope, and frees what it took. */
async function asRun(
  context: RunContext,
  carry: (work: Work, files: RunFiles) => Promise<Summary>,
): Promise<FinetuneResult> {
  const work = new Work(context);
  const { scope, progress } = work;
  const place = context.storage ?? scope.find(storageService) ?? memoryStorage();
  scope.provide(storageService, place);
  try {
    const summary = await carry(work, new RunFiles(place, context.resume));
    return {
      history: summary.log ?? [],
      best: summary.best ?? {},
      scores: summary.validation ?? {},
      warnings: progress.warnings,
      summary,
      storage: place,
      files: await place.list(''),
    };
  } catch (error) {
    throw asGraftError(error, 'run.failed', place.location);
  } finally {
    await work.dispose();
  }
}
