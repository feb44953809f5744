import type { FeatureStore } from '@graft/data';

/** A feature store that a run can do without: after its first error, which is passed to `onFailure`, it is no longer used. */
export function featureCache(store: FeatureStore, onFailure: (reason: string) => void): FeatureStore {
  let isUsable = true;
  const attempt = async <T>(work: () => Promise<T>): Promise<T | undefined> => {
    if (!isUsable) return undefined;
    try {
      return await work();
    } catch (error) {
      if (isUsable) onFailure((error as Error).message);
      isUsable = false;
      return undefined;
    }
  };
  return {
    read: (key) => attempt(() => store.read(key)),
    write: (key, values) => attempt(() => store.write(key, values)),
  };
}
