import { holdOnce } from './hold-once.ts';
import type { Storage } from './storage.ts';

/** Stores files in memory, for tests and for browsers that download them later. */
export function memoryStorage(): Storage {
  const files = new Map<string, Uint8Array>();
  return {
    location: 'memory',
    lock: holdOnce('this memory storage'),
    size: async (path) => files.get(path)?.length,
    async read(path) {
      const bytes = files.get(path);
      if (!bytes) throw new Error(`Cannot read "${path}": there is no such file in memory. Check the path.`);
      return new Uint8Array(bytes);
    },
    write: async (path, bytes) => void files.set(path, new Uint8Array(bytes)),
    exists: async (path) => files.has(path) || [...files.keys()].some((file) => file.startsWith(`${path}/`)),
    list: async (folder) => {
      const inside = folder === '' ? '' : `${folder}/`;
      return [
        ...new Set(
          [...files.keys()]
            .filter((file) => file.startsWith(inside))
            .map((file) => file.slice(inside.length).split('/')[0]!),
        ),
      ].sort();
    },
    async remove(path) {
      for (const file of files.keys()) if (file === path || file.startsWith(`${path}/`)) files.delete(file);
    },
  };
}
