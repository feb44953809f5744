import { weightsOf } from '@graft/layers';
import type { Storage } from '@graft/storage';
import { type DType, toNumbers } from '@graft/tensor';
import { type Callback, isMidEpoch, resumeRun, type RunPlace, saveRun, type TrainState } from '@graft/train';
import { checkStorage } from './check-storage.ts';

/** Options of {@link checkpoint}. */
export interface CheckpointOptions {
  readonly storage: Storage;
  /** Folder within the storage; each checkpoint gets a subfolder such as `step-00000120`. Default 'checkpoints'. */
  readonly folder?: string;
  /** Save every so many epochs, steps or seconds, whichever comes first. By default, every epoch. */
  readonly everyEpochs?: number;
  readonly everySteps?: number;
  readonly everySeconds?: number;
  /** Number of latest checkpoints to keep; default 3. */
  readonly keep?: number;
  /** Data type of the saved weights. 'float16' halves their size, but a resumed run is no longer bit-identical. */
  readonly dtype?: DType;
}

/**
 * Saves checkpoints for `resumeRun` every so many epochs, steps or seconds, and when a run is stopped within an epoch. If weights contain NaN or infinity, it
 * warns instead of saving, so the latest checkpoint is always usable. Put it last in the list, to save the latest state of the other callbacks.
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
  checkStorage('checkpoint', storage);
  for (const [name, count] of Object.entries({ everyEpochs, everySteps, keep }))
    if (count !== undefined && !(Number.isInteger(count) && count >= 1))
      throw new Error(`checkpoint expects "${name}" to be an integer of 1 or more, got ${count}.`);
  if (everySeconds !== undefined && !(everySeconds > 0))
    throw new Error(`checkpoint expects "everySeconds" to be above 0, got ${everySeconds}.`);
  let savedAt = performance.now();
  const save = async (state: TrainState): Promise<void> => {
    const weights = await weightsOf(state.model);
    if (![...weights.values()].every(({ data, dtype }) => toNumbers(data, dtype).every(Number.isFinite)))
      return state.warn(`No checkpoint was saved at step ${state.step}, because the weights contain NaN or infinity.`);
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
          'checkpoint cannot save within an epoch, because this data cannot be resumed. Use a Loader, or the option everyEpochs instead of the option everySteps.',
        );
      savedAt = performance.now();
      const newest = (await namesIn(storage, folder)).at(-1);
      if (newest && stepOf(newest) > step)
        throw new Error(
          `The folder "${folder}" contains "${newest}" of a run that is ahead of this one at step ${step}. Resume that run, delete the folder, or choose another one.`,
        );
    },
    async afterStep(state) {
      if (isMidEpoch(state) && isDue(state)) await save(state); // after the last step, `afterEpoch` saves, with the validation results
    },
    async afterEpoch(state) {
      if (isMidEpoch(state)) return;
      const [epochs, last] = [state.epoch + 1, state.epoch + 1 === state.epochs];
      if (isDue(state) || (everyEpochs !== undefined && (last || epochs % everyEpochs === 0))) await save(state);
    },
  };
}

/** The folder of the newest checkpoint, for `resumeRun`; undefined if there is none. */
export async function latestCheckpoint(storage: Storage, folder = 'checkpoints'): Promise<string | undefined> {
  for (const name of (await namesIn(storage, folder)).reverse())
    if (await storage.exists(`${folder}/${name}/state.json`)) return `${folder}/${name}`;
  return undefined;
}

/**
 * Restores a run from its newest intact checkpoint and removes newer damaged ones, whose steps are then repeated. Returns the `resume` option for
 * `fit`, or undefined if nothing has been saved yet.
 * @param options.onDamaged receives the reason for each skipped checkpoint
 * @throws the error of the newest checkpoint if none can be used
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
    // `state.json` is written last, so a checkpoint without it is incomplete.
    if (await storage.exists(`${folder}/${name}/state.json`)) {
      try {
        const place = await resumeRun(storage, `${folder}/${name}`, parts);
        for (const { message } of reasons) onDamaged?.(message);
        for (const newer of unusable) await storage.remove(`${folder}/${newer}`);
        return place;
      } catch (error) {
        const { code } = error as { code?: string };
        if (code !== undefined && code !== 'ENOENT') throw error; // a read error: the checkpoint may be intact
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

/** Names of the checkpoints in a folder, oldest first. */
const namesIn = async (storage: Storage, folder: string): Promise<string[]> =>
  (await storage.list(folder)).filter((name) => /^step-\d{8,}$/.test(name)).sort((a, b) => stepOf(a) - stepOf(b));
