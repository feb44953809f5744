import { weightsOf } from '@graft/layers';
import type { Storage } from '@graft/storage';
import { type DType, toNumbers } from '@graft/tensor';
import { type Callback, isMidEpoch, resumeRun, type RunPlace, saveRun, type TrainState } from '@graft/train';
import { wantStorage } from './want-storage.ts';

/** Options of {@link checkpoint}. */
export interface CheckpointOptions {
  readonly storage: Storage;
  /** Folder within the storage; each checkpoint has its own in it, `step-00000120`. */
  readonly folder?: string;
  /** How often: each so many epochs (default 1, where nothing else is said), steps or seconds, whichever comes first. */
  readonly everyEpochs?: number;
  readonly everySteps?: number;
  readonly everySeconds?: number;
  /** How many of the latest are kept; default 3. */
  readonly keep?: number;
  /** Of the weights in the files; 'float16' for half the size, and a run that cannot be resumed in the same bits. */
  readonly dtype?: DType;
}

/**
 * Saves what `resumeRun` takes: each so many epochs, steps or seconds and where a run is stopped within an epoch. Weights with NaN are
 * never saved, so that the latest checkpoint is a good one; the callback warns of it. Put it last in the list, so that it keeps what the others know by then.
 */
export function checkpoint({
  storage,
  folder = 'checkpoints',
  everySteps,
  everySeconds,
  everyEpochs = everySteps || everySeconds ? undefined : 1,
  keep = 3,
  dtype,
}: CheckpointOptions): Callback {
  wantStorage('checkpoint', storage);
  for (const [name, count] of Object.entries({ everyEpochs, everySteps, keep }))
    if (count !== undefined && !(Number.isInteger(count) && count >= 1))
      throw new Error(`checkpoint wants "${name}" to be a whole number of 1 or more, got ${count}.`);
  if (everySeconds !== undefined && !(everySeconds > 0))
    throw new Error(`checkpoint wants "everySeconds" to be a number above 0, got ${everySeconds}.`);
  let savedAt = performance.now();
  const save = async (state: TrainState): Promise<void> => {
    const weights = await weightsOf(state.model);
    if (![...weights.values()].every(({ data, dtype }) => toNumbers(data, dtype).every(Number.isFinite)))
      return state.warn(`No checkpoint is saved at step ${state.step}, because the weights hold NaN or infinities.`);
    await saveRun(storage, `${folder}/${nameOf(state.step)}`, state, { dtype, weights });
    for (const name of (await namesIn(storage, folder)).slice(0, -keep)) await storage.remove(`${folder}/${name}`);
    savedAt = performance.now();
  };
  const isDue = ({ step, stopped }: TrainState): boolean =>
    stopped !== undefined ||
    (everySteps !== undefined && step % everySteps === 0) ||
    (everySeconds !== undefined && performance.now() - savedAt >= 1000 * everySeconds);
  return {
    name: 'checkpoint',
    async beforeFit({ step, data }) {
      if (everySteps && typeof (data as { state?: unknown }).state !== 'function')
        throw new Error(
          'checkpoint is to save within epochs, and this data does not know its place in one. Give a Loader, or everyEpochs.',
        );
      savedAt = performance.now();
      const newest = (await namesIn(storage, folder)).at(-1);
      if (newest && stepOf(newest) > step)
        throw new Error(
          `The folder "${folder}" holds "${newest}" of a run that is further than this one, at step ${step}. Resume that run, remove the folder, or give another.`,
        );
    },
    async afterStep(state) {
      if (isMidEpoch(state) && isDue(state)) await save(state); // at an epoch's end its validation belongs to the checkpoint
    },
    async afterEpoch(state) {
      if (isMidEpoch(state)) return;
      const [epochs, last] = [state.epoch + 1, state.epoch + 1 === state.epochs];
      if (isDue(state) || (everyEpochs !== undefined && (last || epochs % everyEpochs === 0))) await save(state);
    },
  };
}

/** The folder of the newest checkpoint, for `resumeRun`; undefined where there is none. */
export async function latestCheckpoint(storage: Storage, folder = 'checkpoints'): Promise<string | undefined> {
  for (const name of (await namesIn(storage, folder)).reverse())
    if (await storage.exists(`${folder}/${name}/state.json`)) return `${folder}/${name}`;
  return undefined;
}

/**
 * Puts the newest checkpoint that is whole back into the parts of a run, and removes damaged ones that are newer: the run goes through
 * their steps again. Returns what `fit` takes as `resume`, or undefined where nothing was saved yet.
 * @param options.onDamaged hears why a checkpoint was passed over
 * @throws where none can be used, with what is wrong with the newest
 */
export async function resumeLatest(
  storage: Storage,
  folder: string,
  parts: Parameters<typeof resumeRun>[2],
  { onDamaged }: { readonly onDamaged?: (reason: string) => void } = {},
): Promise<RunPlace | undefined> {
  const unusable: string[] = [];
  const reasons: Error[] = [];
  for (const name of (await namesIn(storage, folder)).reverse()) {
    // Without its last file a checkpoint was never finished.
    if (await storage.exists(`${folder}/${name}/state.json`)) {
      try {
        const place = await resumeRun(storage, `${folder}/${name}`, parts);
        for (const { message } of reasons) onDamaged?.(message);
        for (const newer of unusable) await storage.remove(`${folder}/${newer}`);
        return place;
      } catch (error) {
        const { code } = error as { code?: string };
        if (code !== undefined && code !== 'ENOENT') throw error; // it may well be whole
        reasons.push(error as Error);
      }
    }
    unusable.push(name);
  }
  if (reasons[0]) throw reasons[0];
  for (const name of unusable) await storage.remove(`${folder}/${name}`);
  return undefined;
}

const nameOf = (step: number): string => `step-${String(step).padStart(8, '0')}`;
const stepOf = (name: string): number => Number(name.slice(5));

/** The checkpoints in a folder, the oldest first. */
const namesIn = async (storage: Storage, folder: string): Promise<string[]> =>
  (await storage.list(folder)).filter((name) => /^step-\d{8,}$/.test(name)).sort((a, b) => stepOf(a) - stepOf(b));
