import type { Storage } from './storage.ts';

/** A storage for one folder of another storage. It shares the lock of the whole storage. */
export function inFolder(outer: Storage, folder: string): Storage {
  const at = (path: string): string => (path === '' ? folder : `${folder}/${path}`);
  return {
    location: `${outer.location}/${folder}`,
    read: (path) => outer.read(at(path)),
    write: (path, bytes) => outer.write(at(path), bytes),
    exists: (path) => outer.exists(at(path)),
    list: (path) => outer.list(at(path)),
    remove: (path) => outer.remove(at(path)),
    size: (path) => outer.size(at(path)),
    lock: () => outer.lock(),
    ...(outer.sha256 && { sha256: (path) => outer.sha256!(at(path)) }),
    ...(outer.free && { free: () => outer.free!() }),
  };
}
