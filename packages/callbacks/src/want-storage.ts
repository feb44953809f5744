import type { Storage } from '@graft/storage';

/** Refuses what nothing can be written to: a configuration has to bring a storage along. */
export function wantStorage(owner: string, storage: Storage | undefined): void {
  if (typeof storage?.write !== 'function')
    throw new Error(
      `${owner} wants a "storage" to write to, such as fileStorage('run') of @graft/tensor/node, got ${JSON.stringify(storage) ?? 'none'}.`,
    );
}
