import { weightsOf } from '@graft/layers';
import { type DType, type Storage, toNumbers } from '@graft/tensor';
import { type Callback, isMidEpoch, saveRun, type TrainState } from '@graft/train';
import { wantStorage } from './want-storage.ts';

export interface CheckpointOptions {
  readonly storage: Storage;
  /** Folder within the storage; each checkpoint has its own in it, `step-00000120`. */
  readonly folder?: string;
  /** How often: each so many epochs (default 1), or steps. */
  readonly everyEpochs?: number;
  readonly everySteps?: number;
  /** How many of the latest are kept; default 3. */
  readonly keep?: number;
  /** Of the weights in the files; 'float16' for half the size, and a run that cannot be resumed in the same bits. */
  readonly dtype?: DType;
}

/**
 * Saves what `resumeRun` takes: each so many epochs or steps and where a run is stopped within an epoch. Weights with NaN are
 * never saved, so that the latest checkpoint is a good one. Put it last in the list, so that it keeps what the others know by then.
 */
export function checkpoint({ storage, folder = 'checkpoints', everyEpochs, everySteps, keep = 3, dtype }: CheckpointOptions): Callback {
  wantStorage('checkpoint', storage);
  for (const [name, count] of Object.entries({ everyEpochs, everySteps, keep })) if (count !== undefined && !(Number.isInteger(count) && count >= 1)) throw new Error(`checkpoint wants "${name}" to be a whole number of 1 or more, got ${count}.`);
  if (everyEpochs && everySteps) throw new Error('checkpoint got both everyEpochs and everySteps. Give one of them.');
  const save = async (state: TrainState): Promise<void> => {
    if (![...weightsOf(state.model).values()].every(({ data, dtype }) => toNumbers(data, dtype).every(Number.isFinite))) return;
    await saveRun(storage, `${folder}/step-${String(state.step).padStart(8, '0')}`, state, { dtype });
    for (const name of (await namesIn(storage, folder)).slice(0, -keep)) await storage.remove(`${folder}/${name}`);
  };
  return {
    name: 'checkpoint',
    async beforeFit({ step, data }) {
      if (everySteps && typeof (data as { state?: unknown }).state !== 'function') throw new Error('checkpoint is to save within epochs, and this data does not know its place in one. Give a Loader, or everyEpochs.');
      const newest = (await namesIn(storage, folder)).at(-1);
      if (newest && Number(newest.slice(5)) > step) throw new Error(`The folder "${folder}" holds "${newest}" of a run that is further than this one, at step ${step}. Resume that run, remove the folder, or give another.`);
    },
    async afterStep(state) {
      const within = isMidEpoch(state); // at an epoch's end its validation belongs to the checkpoint
      if (within && (state.stopped !== undefined || (everySteps && state.step % everySteps === 0))) await save(state);
    },
    async afterEpoch(state) {
      if (isMidEpoch(state)) return;
      if (everySteps ? state.step % everySteps === 0 || state.stopped !== undefined : (state.epoch + 1) % (everyEpochs ?? 1) === 0 || state.epoch + 1 === state.epochs || state.stopped !== undefined) await save(state);
    },
  };
}

/** The folder of the newest checkpoint, for `resumeRun`; undefined where there is none. */
export async function latestCheckpoint(storage: Storage, folder = 'checkpoints'): Promise<string | undefined> {
  for (const name of (await namesIn(storage, folder)).reverse()) if (await storage.exists(`${folder}/${name}/state.json`)) return `${folder}/${name}`;
  return undefined;
}

/** The checkpoints in a folder, the oldest first. */
const namesIn = async (storage: Storage, folder: string): Promise<string[]> => (await storage.list(folder)).filter((name) => /^step-\d{8,}$/.test(name)).sort((a, b) => Number(a.slice(5)) - Number(b.slice(5)));
