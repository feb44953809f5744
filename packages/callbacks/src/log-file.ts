import type { Storage } from '@graft/storage';
import type { Callback, EpochLog } from '@graft/train';
import { wantStorage } from './want-storage.ts';

/** Options of {@link csvLog} and {@link jsonLinesLog}. */
export interface LogFileOptions {
  readonly storage: Storage;
  /** Path within the storage. */
  readonly file?: string;
}

/**
 * A callback that keeps the run's whole log in a file. The file is written anew after each epoch, all or nothing, from what the
 * run knows: a resumed run goes on after the rows that are there, and no epoch is there twice.
 */
export function logFile(
  name: string,
  { storage, file }: Required<LogFileOptions>,
  encode: (log: readonly EpochLog[]) => string,
): Callback {
  wantStorage(name, storage);
  return {
    name,
    beforeFit({ epoch, log }) {
      if (epoch > 0 && !log.length)
        throw new Error(
          `${name} would lose the first ${epoch} epochs of "${file}": the run starts at epoch ${epoch + 1} without their numbers. Go on with resumeRun and fit's "resume", or give another file.`,
        );
    },
    afterEpoch: ({ log }) => storage.write(file, new TextEncoder().encode(encode(log))),
  };
}
