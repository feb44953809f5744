import { bestWeights, checkpoint, resumeLatest } from '@graft/callbacks';
import { type FeatureStore, memoryFeatureStore } from '@graft/data';
import { loadWeights, type Module, weightsOf } from '@graft/layers';
import { service, type Service } from '@graft/plugin';
import { counted } from '@graft/report';
import { type Storage, storage as storageService } from '@graft/storage';
import { tensorBoard } from '@graft/tensorboard';
import { type Callback, type EpochLog, loadCheckpoint, saveCheckpoint, validationName } from '@graft/train';
import { type HeadFit, trainUnfrozen, type TrainUnfrozenOptions } from '@graft/transfer';
import type { Baseline } from './baselines.ts';
import { anyText, finite, integer, misfit } from './check.ts';
import { headPlan, trainedHead } from './head-phase.ts';
import { exampleLosses } from './example-losses.ts';
import { isWorse } from './is-worse.ts';
import { expectSane } from './destroyed.ts';
import { baselineList, epochLogs, headFit } from './summary.ts';
import { featureCache } from './feature-cache.ts';
import { callbacksOf, optimizerOf } from './configured.ts';
import type { PreparedRun } from './prepared-run.ts';
import type { RunFiles } from './run-files.ts';
import type { RunProgress } from './run-progress.ts';
import { communicator } from './services.ts';

/** Opens the cache of backbone features that the option `features` names. */
export const featureStores: Service<(place: string) => FeatureStore> = service('feature stores');

/** A completed phase of training. */
export interface TrainedPhase {
  /** `head`, or `all` if the backbone is trained with it. */
  readonly name: string;
  readonly log: readonly EpochLog[];
  /** The epoch whose weights were kept, from 1. */
  readonly best?: number;
  /** Why training ended before its last epoch. */
  readonly stopped?: string;
  /** How the head was fitted, if it was not trained in epochs. */
  readonly fit?: HeadFit;
  /** Simple methods on the same features. */
  readonly baselines?: readonly Baseline[];
  /** Whether its weights were discarded, because the phase before it had the better score. */
  readonly discarded?: boolean;
  /** Training time, including the time before a resume. */
  readonly seconds: number;
}

/** The current fold of a cross-validation. */
export interface Fold {
  /** From 1. */
  readonly number: number;
  readonly count: number;
}

/** Describes a phase to its callbacks. */
export interface PhaseInfo {
  readonly name: string;
  /** For display: `head`, `fold 2/5, head`. */
  readonly label: string;
  readonly fold: Fold | undefined;
  readonly epochs: number;
}

/** Callbacks that a caller adds to each phase, such as a progress bar. */
export type PhaseCallbacks = (phase: PhaseInfo) => readonly Callback[];

export interface TrainOptions {
  readonly fold?: Fold;
  readonly callbacks?: PhaseCallbacks | undefined;
}

type Shared = Required<
  Pick<
    TrainUnfrozenOptions,
    'epochs' | 'metrics' | 'validation' | 'seed' | 'loss' | 'callbacks' | 'resume' | 'onWarning'
  >
> &
  Pick<TrainUnfrozenOptions, 'reduce'>;

/** Trains the head and then, with `unfreeze`, the backbone with it. Resumes from the phases and checkpoints in the storage. */
export async function trainPhases(
  prepared: PreparedRun,
  files: RunFiles,
  progress: RunProgress,
  { fold, callbacks }: TrainOptions = {},
): Promise<readonly TrainedPhase[]> {
  const { scope, options, model, learning, trained, heldOut, training, prepare, modality, headLoss } = prepared;
  const { learningRate, batch, unfreeze } = options;
  const make = optimizerOf(scope, options);
  const chosen = make && { policy: make };
  const store =
    options.features === undefined
      ? undefined
      : featureCache((scope.find(featureStores) ?? (() => memoryFeatureStore()))(options.features), (reason) =>
          progress.warn(`features are no longer cached in "${options.features}": ${reason}`, 'features'),
        );
  const plan = headPlan(prepared, progress);
  const total = trained.length * plan.views + heldOut.length;
  let known = 0;
  const onFeatures = (done: number, stored: number): void => {
    known = stored;
    progress.count('computing features', done - stored, total - stored);
  };
  const work = { prepared, files, progress, fold, callbacks };
  const phases = [
    await phase('head', model.head as Module, work, (shared) =>
      trainedHead(prepared, plan, {
        training: { ...shared, ...chosen, loss: headLoss, learningRate, batchSize: batch },
        store,
        onFeatures,
        progress,
        isCompared: !fold,
      }),
    ),
  ];
  if (unfreeze !== 0) {
    const before = await weightsOf(model as unknown as Module);
    const last = await phase('all', model as unknown as Module, work, async (shared) => ({
      log: await trainUnfrozen(model, training, {
        ...shared,
        ...chosen,
        learningRate: learningRate / 10,
        unfreeze: learning,
        freezeStatistics: prepared.freezeStatistics,
        ...(prepare && { prepare: prepare as never }),
      }),
    }));
    const discarded = prepared.options.keep !== 'last' && (await isNotGain(prepared, phases[0]!, last, before));
    phases.push({ ...last, ...(discarded && { discarded }) });
  }
  if (store && !fold)
    progress.say(
      `loaded features of ${known} of ${counted(total, `view`)} of ${modality.noun[1]} from the cache "${options.features}"`,
    );
  return phases;
}

/** Whether fine-tuning is not a clear gain; the model then has the weights from before again. */
async function isNotGain(
  prepared: PreparedRun,
  head: TrainedPhase,
  all: TrainedPhase,
  weights: Awaited<ReturnType<typeof weightsOf>>,
): Promise<boolean> {
  const { validation, loss } = prepared;
  const model = prepared.model as unknown as Module;
  if (!validation) return false;
  const after = await exampleLosses(model, validation, loss);
  const tuned = await weightsOf(model);
  loadWeights(model, weights);
  const before = await exampleLosses(model, validation, loss);
  if (isWorse(prepared, head, all, { before, after })) return true;
  loadWeights(model, tuned);
  return false;
}

interface Work {
  readonly prepared: PreparedRun;
  readonly files: RunFiles;
  readonly progress: RunProgress;
  readonly fold: Fold | undefined;
  readonly callbacks: PhaseCallbacks | undefined;
}

/** Trains one phase, with checkpoints during training and one at its end, in a folder of its own. */
async function phase(
  name: string,
  model: Module,
  { prepared, files, progress, fold, callbacks }: Work,
  train: (shared: Shared) => Promise<Pick<TrainedPhase, 'log' | 'fit' | 'baselines'>>,
): Promise<TrainedPhase> {
  const { scope: outer, options, validation, loss, metrics, link, data } = prepared;
  const storage = files.phase(fold ? `fold-${fold.number}-${name}` : name);
  const scope = outer.createScope().provide(storageService, storage);
  const { epochs, seed, keep = 'best', checkpointSteps, checkpointSeconds, tensorboard } = options;
  const info: PhaseInfo = { name, label: fold ? `fold ${fold.number}/${fold.count}, ${name}` : name, fold, epochs };
  const skipped = (reason: string): void => progress.warn(`skipped a checkpoint: ${reason}`, 'checkpoint');
  const done = await finished(name, storage, model, skipped);
  if (done) return done;
  progress.tell({ type: 'phase', phase: info.label, epochs });
  const watch = stopwatch();
  const monitor = validationName(prepared.score);
  const best = keep === 'best' ? bestWeights({ monitor, tieBreaker: 'validationLoss' }) : undefined;
  const reduce = outer.find(communicator)?.reduce;
  const shared: Shared = {
    epochs,
    seed,
    metrics,
    validation,
    loss,
    ...(reduce && { reduce }),
    onWarning: ({ source, message }) => progress.warn(message, source),
    resume: async (parts) => {
      const place = await resumeLatest(storage, 'checkpoints', parts, { onDamaged: skipped });
      if (place) progress.say(`${info.label}: resuming after step ${parts.optimizer.steps}`);
      return place;
    },
    callbacks: [
      { name: 'breathe', beforeStep: () => progress.breathe() },
      ...(callbacks?.(info) ?? []),
      watch,
      {
        name: 'events',
        afterEpoch: ({ epoch, log }) =>
          progress.tell({ type: 'epoch', phase: info.label, epoch: epoch + 1, log: log.at(-1)! }),
      },
      ...callbacksOf(scope, options),
      ...(tensorboard ? [tensorBoard({ storage, folder: 'events' })] : []),
      ...(best ? [best] : []),
      checkpoint({
        storage,
        keep: 2,
        everyEpochs: 1,
        ...(checkpointSteps && { everySteps: checkpointSteps }),
        ...(checkpointSeconds && { everySeconds: checkpointSeconds }),
      }),
    ],
  };
  let stopped: string | undefined;
  const result: TrainedPhase = {
    name,
    ...(await train({
      ...shared,
      callbacks: [...shared.callbacks, { name: 'ended', afterFit: (state) => void (stopped = state.stopped) }],
    })),
    ...(best?.best && { best: best.best.epoch }),
    ...(stopped !== undefined && { stopped }),
    seconds: watch.seconds(),
  };
  expectSane(result.log.at((result.best ?? 0) - 1), {
    link,
    outputs: data.names.length,
    learningRate: name === 'head' ? options.learningRate : options.learningRate / 10,
    phase: info.label,
  });
  const { name: _, ...state } = result;
  // A callback, such as bestWeights, may have replaced the weights of the last step.
  await saveCheckpoint(storage, 'finished', { model, state });
  if (fold) await storage.remove('checkpoints'); // saves disk space with many folds
  return result;
}

const finishedState = {
  log: epochLogs,
  best: integer(1),
  seconds: finite,
  stopped: anyText,
  fit: headFit,
  baselines: baselineList,
};

/** Loads a phase that an earlier process finished: its weights go into the model. */
async function finished(
  name: string,
  storage: Storage,
  model: Module,
  skipped: (reason: string) => void,
): Promise<TrainedPhase | undefined> {
  if (!(await storage.exists('finished/state.json'))) return undefined;
  try {
    const saved = await loadCheckpoint(storage, 'finished', { model });
    const wrong = misfit(saved as Readonly<Record<string, unknown>>, finishedState, ['log', 'seconds']);
    if (wrong === undefined) return { ...(saved as Omit<TrainedPhase, 'name'>), name };
    skipped(`"finished/state.json" ${wrong}.`);
  } catch (error) {
    skipped((error as Error).message);
  }
  return undefined; // the phase resumes from its last checkpoint
}

/** Measures training time, including the time before a resume. */
function stopwatch(): Callback & { seconds(): number } {
  let [before, started] = [0, performance.now()];
  const seconds = (): number => before + (performance.now() - started) / 1000;
  return {
    name: 'stopwatch',
    seconds,
    save: seconds,
    restore(saved) {
      if (typeof saved === 'number' && saved >= 0) [before, started] = [saved, performance.now()];
    },
  };
}
