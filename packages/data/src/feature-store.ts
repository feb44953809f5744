/** Arrays of numbers that were costly to compute, by key: what a frozen backbone answers, above all. It may forget any of them. */
export interface FeatureStore {
  /** The array under a key, or nothing where it is unknown, forgotten or damaged. */
  read(key: string): Promise<Float32Array | undefined>;
  /** Keeps an array. Others go where there is no room, the least recently used first; one larger than all the room is not kept. */
  write(key: string, values: Float32Array): Promise<void>;
}

/** A store in memory, at most `maxBytes` large (default 512 MiB). */
export function memoryFeatureStore({ maxBytes = 512 * 2 ** 20 } = {}): FeatureStore {
  const kept = new Map<string, Float32Array>(); // the least recently used first
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
