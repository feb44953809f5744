import type { Storage } from '@graft/tensor';
import { type Callback, saveCheckpoint } from '@graft/train';
import { Monitor, type MonitorOptions } from './monitor.ts';

export interface BestCheckpointOptions extends MonitorOptions {
  readonly storage: Storage;
  /** Folder within the storage. */
  readonly folder?: string;
}

/** Saves a checkpoint whenever an epoch is the best so far; the folder always holds a whole one. */
export function bestCheckpoint({ storage, folder = 'checkpoint', ...options }: BestCheckpointOptions): Callback {
  const monitor = new Monitor(options);
  return {
    name: 'bestCheckpoint',
    async afterEpoch(state) {
      if (!monitor.isBest(state)) return;
      await saveCheckpoint(storage, folder, { model: state.model, optimizer: state.optimizer, state: { epoch: state.epoch + 1, log: state.log.at(-1) } });
    },
    save: () => monitor.save(),
    restore: (saved) => monitor.restore(saved),
  };
}
