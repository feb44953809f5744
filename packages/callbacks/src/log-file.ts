import type { Storage } from '@graft/storage';
import type { Callback, EpochLog } from '@graft/train';
import { checkStorage } from './check-storage.ts';

/** Options of {@link csvLog} and {@link jsonLinesLog}. */
export interface LogFileOptions {
  readonly storage: Storage;
  /** Path within the storage; default 'log.csv' or 'log.jsonl'. */
  readonly file?: string;
}

/**
 * A callback that writes the whole log to a file after each epoch. A resumed run knows its earlier epochs, so rewriting the file keeps
 * them and never duplicates one.
 */
export function logFile(
  name: string,
  { storage, file }: Required<LogFileOptions>,
  encode: (log: readonly EpochLog[]) => string,
): Callback {
  checkStorage(name, storage);
  return {
    name,
    beforeFit({ epoch, log }) {
      if (epoch > 0 && !log.length)
        throw new Error(
          `${name} would remove the first ${epoch} epochs from "${file}", because the run starts at epoch ${epoch + 1} without their log. Resume with resumeRun and the option "resume" of fit, or choose another file.`,
        );
    },
    afterEpoch: ({ log }) => storage.write(file, new TextEncoder().encode(encode(log))),
  };
}
