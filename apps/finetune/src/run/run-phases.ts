import { checkpoint, resumeLatest } from '@graft/callbacks';
import { fileFeatureStore } from '@graft/data/node';
import type { Module } from '@graft/layers';
import type { Storage } from '@graft/storage';
import { fileStorage } from '@graft/storage/node';
import { tensorBoard } from '@graft/tensorboard';
import { type Callback, type EpochLog, loadCheckpoint, saveCheckpoint } from '@graft/train';
import { trainHead, trainUnfrozen, type TrainUnfrozenOptions } from '@graft/transfer';
import type { Watcher } from '../dashboard/with-dashboard.ts';
import { counted } from '../quantities.ts';
import type { Reporter } from '../reporter.ts';
import type { RunFolder } from '../run-folder.ts';
import { callbacksOf, optimizerOf } from './configured.ts';
import type { PreparedRun } from './prepared-run.ts';

/** What a phase, or all of them, took and gave. */
export interface Trained {
  readonly log: readonly EpochLog[];
  /** Of training alone, in all processes that took part. */
  readonly seconds: number;
}

type Shared = Required<
  Pick<
    TrainUnfrozenOptions,
    'epochs' | 'metrics' | 'validation' | 'seed' | 'loss' | 'callbacks' | 'resume' | 'onWarning'
  >
>;

/** Trains the head, and where asked the backbone with it. What the folder holds of an earlier process is not done again. */
export async function trainPhases(
  prepared: PreparedRun,
  run: RunFolder,
  reporter: Reporter,
  { fold, watcher }: { readonly fold?: Fold; readonly watcher?: Watcher | undefined } = {},
): Promise<Trained> {
  const { app, options, model, learning, learned, judged, training, prepare } = prepared;
  const { learningRate, views, batch, unfreeze } = options;
  const make = optimizerOf(app, options);
  const chosen = make && { policy: make };
  const store = options.features === undefined ? undefined : fileFeatureStore(options.features);
  const total = learned.length * views + judged.length;
  let known = 0;
  const onFeatures = (done: number, stored: number): void => {
    known = stored;
    reporter.count('computing features', done - stored, total - stored);
  };
  const phases = [
    await phase('head', model.head, prepared, {
      run,
      reporter,
      fold,
      watcher,
      train: (shared) =>
        trainHead(model, training, { ...shared, ...chosen, learningRate, views, batchSize: batch, store, onFeatures }),
    }),
    ...(unfreeze === 0
      ? []
      : [
          await phase('all', model, prepared, {
            run,
            reporter,
            fold,
            watcher,
            train: (shared) =>
              trainUnfrozen(model, training, {
                ...shared,
                ...chosen,
                learningRate: learningRate / 10,
                unfreeze: learning,
                ...(prepare && { prepare }),
              }),
          }),
        ]),
  ];
  if (store && !fold)
    reporter.say(`features of ${known} of ${counted(total, 'view')} from the cache "${options.features}"`);
  return { log: phases.flatMap(({ log }) => log), seconds: phases.reduce((sum, { seconds }) => sum + seconds, 0) };
}

/** Which of a cross-validation's learners this is, from 1. */
export interface Fold {
  readonly number: number;
  readonly count: number;
}

interface Work {
  readonly run: RunFolder;
  readonly reporter: Reporter;
  readonly fold: Fold | undefined;
  readonly watcher: Watcher | undefined;
  readonly train: (shared: Shared) => Promise<readonly EpochLog[]>;
}

/** One phase with checkpoints on its way and one at its end, in a folder of its own. */
async function phase(
  name: string,
  model: Module,
  { app, options, held, loss, task }: PreparedRun,
  { run, reporter, fold, watcher, train }: Work,
): Promise<Trained> {
  const storage = fileStorage(run.phasePath(fold ? `fold-${fold.number}-${name}` : name));
  const label = fold ? `fold ${fold.number}/${fold.count}, ${name}` : name;
  const passedOver = (reason: string): void => reporter.warn(`a checkpoint was passed over: ${reason}`);
  const done = await finished(storage, model, passedOver);
  if (done) return done;
  const { epochs, seed, checkpointSteps, checkpointSeconds, tensorboard } = options;
  const watch = stopwatch();
  const shared: Shared = {
    epochs,
    seed,
    metrics: task.metrics,
    validation: held,
    loss,
    onWarning: ({ message }) => reporter.warn(message),
    resume: async (parts) => {
      const place = await resumeLatest(storage, 'checkpoints', parts, { onDamaged: passedOver });
      if (place) reporter.say(`${label}: going on after step ${parts.optimizer.steps}`);
      return place;
    },
    callbacks: [
      ...reporter.callbacks(label, { lines: !fold }),
      watch,
      ...callbacksOf(app, options, storage),
      ...(tensorboard ? [tensorBoard({ storage, folder: 'events' })] : []),
      checkpoint({
        storage,
        keep: 2,
        everyEpochs: 1,
        ...(checkpointSteps && { everySteps: checkpointSteps }),
        ...(checkpointSeconds && { everySeconds: checkpointSeconds }),
      }),
    ],
  };
  const log = await train(watcher?.watching(name, shared) ?? shared);
  // A callback may have put other weights in place of the last step's.
  await saveCheckpoint(storage, 'finished', { model, state: { log, seconds: watch.seconds() } });
  if (fold) await storage.remove('checkpoints'); // many folds would keep many
  return { log, seconds: watch.seconds() };
}

/** A phase that was finished before: its weights are put into the model. */
async function finished(
  storage: Storage,
  model: Module,
  passedOver: (reason: string) => void,
): Promise<Trained | undefined> {
  if (!(await storage.exists('finished/state.json'))) return undefined;
  try {
    const { log, seconds } = (await loadCheckpoint(storage, 'finished', { model })) as Partial<Trained>;
    if (Array.isArray(log) && typeof seconds === 'number') return { log: log as EpochLog[], seconds };
    passedOver('"finished/state.json" has no log.');
  } catch (error) {
    passedOver((error as Error).message);
  }
  return undefined; // its last steps are done again
}

/** Counts the seconds of training, those before a run was resumed with them. */
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
