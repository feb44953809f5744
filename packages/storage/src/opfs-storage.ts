import { holdOnce } from './hold-once.ts';
import type { Storage } from './storage.ts';

/** The parts of the browser's types that are used here. */
interface FileHandle {
  getFile(): Promise<{ readonly size: number; arrayBuffer(): Promise<ArrayBuffer> }>;
  createWritable(): Promise<{ write(bytes: Uint8Array): Promise<void>; close(): Promise<void> }>;
}
interface DirectoryHandle {
  getFileHandle(name: string, options?: { create: boolean }): Promise<FileHandle>;
  getDirectoryHandle(name: string, options?: { create: boolean }): Promise<DirectoryHandle>;
  removeEntry(name: string, options: { recursive: boolean }): Promise<void>;
  keys(): AsyncIterable<string>;
}

interface BrowserNavigator {
  readonly storage?: {
    getDirectory?(): Promise<DirectoryHandle>;
    estimate?(): Promise<{ readonly quota?: number; readonly usage?: number }>;
  };
  readonly locks?: {
    request<T>(name: string, options: { ifAvailable: true }, use: (lock: object | null) => T | Promise<T>): Promise<T>;
  };
}

/**
 * Stores files in a browser's origin private file system.
 * @param folder a folder of this origin, created if it does not exist
 * @throws if the browser does not support it
 */
export async function opfsStorage(folder: string): Promise<Storage> {
  const { navigator } = globalThis as { readonly navigator?: BrowserNavigator };
  const start = await navigator?.storage?.getDirectory?.();
  if (!start)
    throw new Error(
      'The origin private file system is not available. Use a browser of 2023 or later over https, or memoryStorage().',
    );
  const root = await descend(start, partsOf(folder), true);
  const place = async (path: string, create: boolean): Promise<{ holder: DirectoryHandle; name: string }> => {
    const parts = partsOf(path);
    return { holder: await descend(root, parts.slice(0, -1), create), name: parts.at(-1)! };
  };
  const missing = (error: unknown): boolean =>
    (error as Error).name === 'NotFoundError' || (error as Error).name === 'TypeMismatchError';
  return {
    location: folder,
    lock: navigator?.locks ? () => lockTab(navigator.locks!, folder) : holdOnce(`"${folder}"`),
    free: async () => {
      const { quota, usage } = (await navigator?.storage?.estimate?.()) ?? {};
      return quota === undefined ? undefined : quota - (usage ?? 0);
    },
    async size(path) {
      try {
        const { holder, name } = await place(path, false);
        return (await (await holder.getFileHandle(name)).getFile()).size;
      } catch (error) {
        if (missing(error)) return undefined;
        throw error;
      }
    },
    async read(path) {
      try {
        const { holder, name } = await place(path, false);
        return new Uint8Array(await (await (await holder.getFileHandle(name)).getFile()).arrayBuffer());
      } catch (cause) {
        throw missing(cause)
          ? new Error(`Cannot read "${path}": there is no such file. Check the path.`, { cause })
          : cause;
      }
    },
    async write(path, bytes) {
      const { holder, name } = await place(path, true);
      const file = await holder.getFileHandle(name, { create: true });
      // A writable stream replaces the file only when it is closed.
      const stream = await file.createWritable();
      await stream.write(bytes);
      await stream.close();
    },
    async exists(path) {
      const { holder, name } = await place(path, false).catch(() => ({ holder: undefined, name: '' }));
      if (!holder) return false;
      return (await Promise.allSettled([holder.getFileHandle(name), holder.getDirectoryHandle(name)])).some(
        ({ status }) => status === 'fulfilled',
      );
    },
    async list(path) {
      try {
        const names: string[] = [];
        for await (const name of (await descend(root, partsOf(path), false)).keys()) names.push(name);
        return names.sort();
      } catch (error) {
        if (missing(error)) return [];
        throw error;
      }
    },
    async remove(path) {
      try {
        const { holder, name } = await place(path, false);
        await holder.removeEntry(name, { recursive: true });
      } catch (error) {
        if (!missing(error)) throw error;
      }
    },
  };
}

/** Locks a folder across browser tabs. The browser holds the lock as long as the promise is pending. */
async function lockTab(locks: NonNullable<BrowserNavigator['locks']>, folder: string): Promise<() => Promise<void>> {
  return new Promise((resolve, reject) => {
    const held = locks.request(`graft/${folder}`, { ifAvailable: true }, (lock) => {
      if (!lock)
        return reject(new Error(`Another tab is using "${folder}". Wait until it ends, or use another folder.`));
      return new Promise<void>((release) =>
        resolve(async () => {
          release();
          await held;
        }),
      );
    });
    held.catch(reject);
  });
}

/** @throws if a path leads out of its folder */
function partsOf(path: string): string[] {
  const parts = path.split('/').filter((part) => part !== '' && part !== '.');
  if (parts.includes('..') || path.startsWith('/'))
    throw new Error(`"${path}" is not inside the storage. Pass a relative path without "..".`);
  return parts;
}

async function descend(from: DirectoryHandle, parts: readonly string[], create: boolean): Promise<DirectoryHandle> {
  let at = from;
  for (const part of parts) at = await at.getDirectoryHandle(part, { create });
  return at;
}
