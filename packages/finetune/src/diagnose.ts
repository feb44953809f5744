import { diagnoseModel, type ModelDiagnosis, onnxOperator } from '@graft/onnx';
import { asGraftError } from '@graft/plugin';
import { type Backbone, openBackbone } from './backbone.ts';
import { modalitiesOf, objectiveOf } from './configured.ts';
import { dequantizedNetwork } from './dequantized-network.ts';
import { feedOf, inputShapesOf } from './feed-of.ts';
import { openNetwork } from './open-network.ts';
import { readingOf, readingOptions } from './reading-of.ts';
import { openData } from './run-data.ts';
import { defaultOptions, type RunOptions } from './run-options.ts';
import type { ModelInput } from './services.ts';
import { measureTrial, type Trial } from './trial.ts';
import { warnOfData } from './warn-of-data.ts';
import { Work, type WorkContext } from './work.ts';

/** The options of a run that matter to {@link diagnose}. */
const diagnosed = [
  'task',
  'modality',
  'targets',
  ...readingOptions,
  'cut',
  'output',
  'pool',
  'size',
  'mean',
  'std',
  'range',
  'order',
  'resize',
  'inputs',
  'dequantize',
  'batch',
  'backend',
] as const satisfies readonly (keyof RunOptions)[];

/** Options of {@link diagnose}. */
export interface DiagnoseOptions extends Partial<Pick<RunOptions, (typeof diagnosed)[number]>> {
  readonly model: ModelInput;
  /** Data for a short training trial. */
  readonly data?: unknown;
}

/** Whether a network can be fine-tuned, and how long training takes on this machine. */
export interface Diagnosis {
  readonly diagnosis: ModelDiagnosis;
  /** What the network receives and why, on one line. */
  readonly input?: string;
  /** Native libraries that the backend uses, if it may use any. */
  readonly libraries?: readonly string[];
  /** Sentences about assumptions, such as an unspecified normalization. */
  readonly assumptions: readonly string[];
  readonly trial?: Trial;
  /** Number of examples in the data, and of those a run trains on. */
  readonly images?: { readonly all: number; readonly learned: number };
  readonly canBeFinetuned: boolean;
  /** Options for fine-tuning it: those given except defaults, and a cut if the default one does not work. */
  readonly options: Partial<RunOptions>;
  /** Why it cannot be fine-tuned. */
  readonly obstacle?: string;
}

/** The fraction of examples that a run trains on by default. */
const trainedShare = 1 - defaultOptions.validation;

/** Checks whether a network can be fine-tuned and, with data, times a short trial; see {@link estimateRun}. @throws if model or data cannot be opened */
export async function diagnose(
  { model, data: location, ...options }: DiagnoseOptions,
  context: WorkContext,
): Promise<Diagnosis> {
  const { batch = defaultOptions.batch, backend: named } = options;
  const work = new Work(context);
  const { scope, progress } = work;
  const objective = objectiveOf(scope, options);
  const reading = readingOf(options);
  const modalities = modalitiesOf(scope, options);
  try {
    const opened = await openNetwork(scope, model, {
      signal: progress.signal,
      onWarning: (message) => progress.warn(message, 'model'),
    });
    const network = await dequantizedNetwork(opened, options);
    await progress.breathe(); // large files block for about a second per step
    const { card, file } = network;
    const fed = await feedOf(scope, network, { modalities, objective, data: location, reading }).catch(
      (error: Error) => error,
    );
    const cut = options.cut ?? (fed instanceof Error ? undefined : fed.feed.cut) ?? card?.cutPoints[0]?.value;
    // Inputs that are held at values are constants, and a batch axis or a spectrogram may have been added.
    const isRewritten =
      !(fed instanceof Error) &&
      (fed.feed.file.inputs.length !== file.inputs.length ||
        fed.feed.file.inputs.some(
          ({ name, shape }, i) => name !== file.inputs[i]!.name || shape?.length !== file.inputs[i]!.shape?.length,
        ));
    const diagnosis = diagnoseModel(isRewritten ? fed.feed.file : file, {
      operators: scope.all(onnxOperator),
      ...(cut !== undefined && { cut }),
      ...(options.output !== undefined && { output: options.output }),
      ...(fed instanceof Error
        ? {}
        : { inputShapes: inputShapesOf(fed.feed, 1), sequences: fed.feed.mask !== undefined }),
    });
    await progress.breathe();
    const input = fed instanceof Error ? undefined : fed.feed.description;
    const base = { diagnosis, options: suggestedOptions(options, diagnosis), ...(input !== undefined && { input }) };
    const rejected = (error: Error): Diagnosis => ({
      ...base,
      assumptions: [],
      canBeFinetuned: false,
      obstacle: diagnosis.obstacle ?? error.message,
    });
    if (fed instanceof Error) return rejected(fed);
    const backend = await work.backend(named);
    const computed = { ...base, ...(backend.libraries && { libraries: backend.libraries }) };
    // Where unsupported nodes are left out, the suggested command names the cut.
    const wanted = cut ?? base.options.cut;
    const found = await openBackbone(scope, backend, network, {
      ...fed,
      cut: wanted,
      output: options.output,
      pool: options.pool,
    }).catch((error: Error) => error);
    if (found instanceof Error) return rejected(found);
    const backbone: Backbone = found;
    const assumptions = [...backbone.feed.assumptions, ...backbone.notes];
    if (location === undefined) return { ...computed, assumptions, canBeFinetuned: true };
    const data = await openData(scope, location, {
      modality: backbone.modality,
      objective,
      columns: options.targets,
      reading,
    });
    warnOfData(data, (message, source) => progress.warn(message, source));
    const all = data.examples.length;
    const images = { all, learned: Math.round(all * trainedShare) };
    progress.say(`training on a few ${backbone.modality.noun[1]} of "${data.location}" …`);
    try {
      const trial = await measureTrial({
        backend,
        backbone,
        objective,
        data,
        batch,
        full: diagnosis.learnsBeforeCut,
        progress,
      });
      return { ...computed, assumptions, images, trial, canBeFinetuned: true };
    } catch (error) {
      await progress.breathe(); // throws if stopped, which is not an obstacle
      return { ...computed, assumptions, images, canBeFinetuned: false, obstacle: (error as Error).message };
    }
  } catch (error) {
    throw asGraftError(error, 'model.diagnose');
  } finally {
    await work.dispose();
  }
}

/** The given options that differ from the defaults. The cut is included if the file has unsupported nodes, which must come after it. */
function suggestedOptions(
  given: Omit<DiagnoseOptions, 'model' | 'data'>,
  { problems, cut: found }: ModelDiagnosis,
): Partial<RunOptions> {
  const needed = problems.some(({ problem }) => problem !== 'no gradient') ? found : undefined;
  const defaults: Partial<RunOptions> = defaultOptions;
  const all: Partial<RunOptions> = { ...given, ...(needed !== undefined && { cut: given.cut ?? needed }) };
  return Object.fromEntries(
    diagnosed.flatMap((name) =>
      all[name] === undefined || all[name] === defaults[name] ? [] : [[name, all[name]] as const],
    ),
  );
}
