import type { Storage } from '@graft/storage';

/** Checks that a storage was given: a configuration in JSON cannot contain one. */
export function checkStorage(owner: string, storage: Storage | undefined): void {
  if (typeof storage?.write !== 'function')
    throw new Error(
      `${owner} expects a "storage" such as fileStorage('run') from @graft/storage/node, got ${JSON.stringify(storage) ?? 'none'}.`,
    );
}
