import type { AnyModule } from '@graft/layers';
import type { Optimizer } from '@graft/optimizers';
import type { Storage } from '@graft/storage';
import type { Callback } from './callback.ts';
import { loadCheckpoint, saveCheckpoint, type SaveOptions } from './checkpoint.ts';
import type { EpochLog, TrainState } from './train-state.ts';

/** Where a run stands, to the step. Plain JSON. */
export interface RunPlace {
  /** The epoch of the next step, from 0. */
  readonly epoch: number;
  /** What this epoch has seen so far. */
  readonly stepInEpoch: number;
  readonly samples: number;
  readonly totalLoss: number;
  /** What training metrics have counted in this epoch, by name. */
  readonly metrics?: Readonly<Record<string, unknown>>;
  /** The finished epochs. */
  readonly log: readonly EpochLog[];
}

/** What data that can be resumed has; a `Loader` does. */
interface Placed {
  state(): { readonly batch: number };
  restore(state: object): void;
}
const isPlaced = (data: unknown): data is Placed =>
  typeof (data as Partial<Placed> | null)?.state === 'function' &&
  typeof (data as Partial<Placed>).restore === 'function';

/** Whether batches of this epoch are left; unknown, and so false, where the data has no place. */
export const isMidEpoch = ({ data }: TrainState): boolean => isPlaced(data) && data.state().batch > 0;

/** Saves all that a run needs to go on in the same bits: weights, optimizer, callbacks, the data's place and the log. Called by a callback after a step or an epoch. */
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
 * Puts what `saveRun` kept back into the parts of a run that was set up anew. Returns what `fit` takes as `resume`.
 * @throws where the folder holds no run, is damaged, or belongs to other parts
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
      `The checkpoint "${folder}" does not say where a run stands. Take one that saveRun or the checkpoint callback wrote, or load its weights with loadCheckpoint.`,
    );
  if (loader && isPlaced(data)) data.restore(loader);
  else if (run.stepInEpoch! > 0)
    throw new Error(
      `The checkpoint "${folder}" is from the middle of an epoch, and this data cannot go to a place in it. Give a Loader, as the first run had.`,
    );
  const log = (run.log as Record<string, number | null>[]).map((row) =>
    Object.fromEntries(Object.entries(row).map(([name, value]) => [name, value ?? Number.NaN])),
  ); // JSON has no NaN
  return { ...(run as RunPlace), log };
}
