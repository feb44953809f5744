import type { AnyModule } from '@graft/layers';
import type { Optimizer } from '@graft/optimizers';
import type { Storage } from '@graft/storage';
import type { Callback } from './callback.ts';
import { loadCheckpoint, saveCheckpoint, type SaveOptions } from './checkpoint.ts';
import type { EpochLog, TrainState } from './train-state.ts';

/** The position of a run, to the step. Plain JSON. */
export interface RunPlace {
  /** The epoch of the next step, from 0. */
  readonly epoch: number;
  /** Steps, samples and summed loss of this epoch so far. */
  readonly stepInEpoch: number;
  readonly samples: number;
  readonly totalLoss: number;
  /** Saved state of training metrics within this epoch, by name. */
  readonly metrics?: Readonly<Record<string, unknown>>;
  /** Log of the finished epochs. */
  readonly log: readonly EpochLog[];
}

/** Data that can be resumed, such as a `Loader`. */
interface Placed {
  state(): { readonly batch: number };
  restore(state: object): void;
}
const isPlaced = (data: unknown): data is Placed =>
  typeof (data as Partial<Placed> | null)?.state === 'function' &&
  typeof (data as Partial<Placed>).restore === 'function';

/** Whether this epoch has batches left. False if the data cannot be resumed. */
export const isMidEpoch = ({ data }: TrainState): boolean => isPlaced(data) && data.state().batch > 0;

/** Saves everything needed to resume a run exactly: weights, optimizer, callbacks, the position in the data and the log. Call it from a callback after a step or an epoch. */
export async function saveRun(
  storage: Storage,
  folder: string,
  state: TrainState,
  options: SaveOptions = {},
): Promise<void> {
  const { model, optimizer, callbacks, data, epoch, stepInEpoch, samples } = state;
  const ended = state.log.at(-1)?.epoch === epoch + 1;
  const place: RunPlace =
    ended && !isMidEpoch(state)
      ? { epoch: epoch + 1, stepInEpoch: 0, samples: 0, totalLoss: 0, log: state.log }
      : {
          epoch,
          stepInEpoch,
          samples,
          totalLoss: await state.totalLoss,
          metrics: await state.counted(),
          log: ended ? state.log.slice(0, -1) : state.log,
        };
  await saveCheckpoint(storage, folder, {
    model,
    optimizer,
    callbacks,
    ...options,
    state: { run: place, ...(isPlaced(data) && { loader: data.state() }) },
  });
  state.saved(folder);
}

/**
 * Restores a run saved by `saveRun`: create its model, optimizer, data and callbacks as before and pass them here. Returns the `resume` option for `fit`.
 * @throws if the folder does not contain a run, is damaged, or was saved from a different model or optimizer
 */
export async function resumeRun(
  storage: Storage,
  folder: string,
  {
    model,
    optimizer,
    data,
    callbacks = [],
  }: {
    readonly model: AnyModule;
    readonly optimizer: Optimizer;
    readonly data: unknown;
    readonly callbacks?: readonly Callback[];
  },
): Promise<RunPlace> {
  const { run, loader } = (await loadCheckpoint(storage, folder, { model, optimizer, callbacks })) as {
    run?: Partial<RunPlace>;
    loader?: object;
  };
  const counts = [run?.epoch, run?.stepInEpoch, run?.samples];
  if (
    !counts.every((count) => Number.isSafeInteger(count) && count! >= 0) ||
    typeof run?.totalLoss !== 'number' ||
    !Array.isArray(run.log) ||
    !run.log.every((row) => typeof row === 'object' && row !== null)
  )
    throw new Error(
      `The checkpoint "${folder}" does not contain the position of a run. Use one written by saveRun or the checkpoint callback, or load only its weights with loadCheckpoint.`,
    );
  if (loader && isPlaced(data)) data.restore(loader);
  else if (run.stepInEpoch! > 0)
    throw new Error(
      `The checkpoint "${folder}" is from the middle of an epoch, but this data cannot be resumed there. Pass a Loader, as in the first run.`,
    );
  const log = (run.log as Record<string, number | null>[]).map((row) =>
    Object.fromEntries(Object.entries(row).map(([name, value]) => [name, value ?? Number.NaN])),
  ); // JSON has no NaN
  return { ...(run as RunPlace), log };
}
