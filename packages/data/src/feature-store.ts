/** A cache of arrays that are slow to compute, such as the outputs of a frozen backbone. It may drop any array. */
export interface FeatureStore {
  /** The array with this key; undefined if it is unknown, dropped or damaged. */
  read(key: string): Promise<Float32Array | undefined>;
  /** Stores an array and drops the least recently used ones to make room. An array larger than the whole store is not kept. */
  write(key: string, values: Float32Array): Promise<void>;
}

/** A feature store in memory that holds up to `maxBytes` (default 512 MiB). */
export function memoryFeatureStore({ maxBytes = 512 * 2 ** 20 } = {}): FeatureStore {
  const kept = new Map<string, Float32Array>(); // least recently used first
  let bytes = 0;
  const forget = (key: string): void => {
    bytes -= kept.get(key)?.byteLength ?? 0;
    kept.delete(key);
  };
  return {
    async read(key) {
      const values = kept.get(key);
      if (values === undefined) return undefined;
      kept.delete(key);
      kept.set(key, values);
      return values.slice();
    },
    async write(key, values) {
      forget(key);
      if (values.byteLength > maxBytes) return;
      while (bytes + values.byteLength > maxBytes) forget(kept.keys().next().value!);
      kept.set(key, values.slice());
      bytes += values.byteLength;
    },
  };
}
