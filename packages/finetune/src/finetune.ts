import { asGraftError } from '@graft/plugin';
import { memoryStorage, type Storage, storage as storageService } from '@graft/storage';
import type { EpochLog } from '@graft/train';
import { carryOut, type CarryOutOptions } from './carry-out.ts';
import { jobOf } from './job.ts';
import type { RunWarning } from './run-event.ts';
import { namedByFile } from './named-by-file.ts';
import { RunFiles } from './run-files.ts';
import type { RunOptions } from './run-options.ts';
import type { PhaseCallbacks } from './run-phases.ts';
import type { ModelInput, WeightsInput } from './services.ts';
import type { Summary } from './summary.ts';
import { Work, type WorkContext } from './work.ts';

/** Options of {@link finetune}. Model and data can be names or objects in memory. */
export interface FinetuneOptions extends Partial<
  Omit<RunOptions, 'model' | 'weights' | 'data' | 'validationData' | 'testData' | 'unknownData'>
> {
  /** A zoo model's name, a path, a URL, the bytes of a file, or a Blob. */
  readonly model: ModelInput;
  /** Pretrained weights, if the model is an architecture: the path or URL of a `.pth`, `.pt`, `.bin` or `.safetensors` file, its bytes, or a Blob. */
  readonly weights?: WeightsInput;
  /** A path, a list of `File` objects, or examples such as `[{ input, label }]`. */
  readonly data: unknown;
  /** Examples for validation, in the same forms; default the validation part of the data, or a fraction of it. */
  readonly validationData?: unknown;
  /** Examples for a test after training, in the same forms; default the test part of the data, if there is one. */
  readonly testData?: unknown;
  /** Examples that belong to no class, in the same forms, to measure how many the option `reject` refuses. */
  readonly unknownData?: unknown;
}

/** Services and callbacks of a run. If its signal is aborted, progress is kept in the storage, and the run can be resumed. */
export interface RunContext extends WorkContext {
  /** Storage for the run's files. Default: the storage service if there is one, otherwise memory. */
  readonly storage?: Storage;
  /** Additional callbacks for each phase of training, such as a progress bar. */
  readonly callbacks?: PhaseCallbacks;
  /** Called when model and data are ready. */
  readonly onPrepared?: CarryOutOptions['onPrepared'];
  /** Command or code that repeats the run, shown in its report. */
  readonly reproduce?: string;
  /** Command or code that resumes the run, shown in messages; default a call of {@link resumeRun}. */
  readonly resume?: string;
}

/** The result of a run. */
export interface FinetuneResult {
  /** Loss and metrics of each epoch, over all phases. */
  readonly history: readonly EpochLog[];
  /** The epoch whose weights each phase kept, from 1. */
  readonly best: Readonly<Record<string, number>>;
  /** Metrics on the held-out examples; empty if there were none. */
  readonly scores: Readonly<Record<string, number>>;
  readonly warnings: readonly RunWarning[];
  /** The contents of `summary.json`. */
  readonly summary: Summary;
  /** Storage with the files: `model.onnx`, `report.html`, … */
  readonly storage: Storage;
  readonly files: readonly string[];
}

/**
 * Fine-tunes a pretrained network: opens it, reads the data, adds a new head, trains, evaluates on held-out examples, and writes the model as ONNX
 * with a report.
 * @throws {@link GraftError} with a stable `code`; `run.stopped` if the signal is aborted
 */
export function finetune(options: FinetuneOptions, context: RunContext): Promise<FinetuneResult> {
  return asRun(context, async (work, files) => {
    const job = jobOf(options, 'finetune()', work.scope);
    return files.fill(() => carryOut(work, job, files, context));
  });
}

/** Inputs of a run that its files do not contain. */
export interface ResumeOptions {
  /** The model, if the run received it as an object instead of a name. */
  readonly model?: ModelInput;
  /** The weights, if the run received them as an object instead of a path. */
  readonly weights?: WeightsInput;
  /** The data, if the run received it as an object instead of a path. */
  readonly data?: unknown;
  readonly validationData?: unknown;
  readonly testData?: unknown;
  readonly unknownData?: unknown;
  /** Plugins of the app as the user named them; the run records them. */
  readonly plugins?: readonly string[];
}

/**
 * Resumes an interrupted run from its storage. The result is bit-identical to an uninterrupted run.
 * @throws {@link GraftError} if there is no such run, or its model, data or plugins have changed
 */
export function resumeRun(
  context: RunContext & { readonly storage: Storage },
  { model, weights, data, validationData, testData, unknownData, plugins }: ResumeOptions = {},
): Promise<FinetuneResult> {
  return asRun(context, async (work, files) =>
    files.resume(async () => {
      const begun = await files.record();
      const options = { ...begun.options, ...(plugins && { plugins }) } as RunOptions;
      const job = {
        options,
        model: model ?? options.model,
        weights: weights ?? options.weights,
        data: data ?? options.data,
        validationData: validationData ?? options.validationData,
        testData: testData ?? options.testData,
        unknownData: unknownData ?? options.unknownData,
      };
      return namedByFile(`${files.location}/run.json`, () => carryOut(work, job, files, { ...context, begun }));
    }),
  );
}

/** Executes a run in its own scope, and frees its resources. */
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
