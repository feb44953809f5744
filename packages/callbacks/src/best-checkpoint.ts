import type { Storage } from '@graft/storage';
import { type Callback, saveRun } from '@graft/train';
import { Monitor, type MonitorOptions } from './monitor.ts';
import { checkStorage } from './check-storage.ts';

/** Options of {@link bestCheckpoint}. */
export interface BestCheckpointOptions extends MonitorOptions {
  readonly storage: Storage;
  /** Folder within the storage. */
  readonly folder?: string;
}

/** Saves a checkpoint after each epoch that is the best so far. The folder always contains a complete checkpoint. */
export function bestCheckpoint({ storage, folder = 'checkpoint', ...options }: BestCheckpointOptions): Callback {
  checkStorage('bestCheckpoint', storage);
  const monitor = new Monitor(options);
  return {
    name: 'bestCheckpoint',
    beforeFit: (state) => monitor.check(state, 'bestCheckpoint'),
    async afterEpoch(state) {
      if (!monitor.isBest(state)) return;
      await saveRun(storage, folder, state);
    },
    save: () => monitor.save(),
    restore: (saved) => monitor.restore(saved),
  };
}
