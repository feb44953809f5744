import { service, type Service } from '@graft/plugin';

/** Where files are kept: a folder, a browser's private file system, memory. Paths are relative, with `/`. */
export interface Storage {
  /** Its name in messages, such as the path of a folder. */
  readonly location: string;
  /** @throws if there is no such file */
  read(path: string): Promise<Uint8Array>;
  /** Writes all or nothing: a reader never sees half a file. Creates folders as needed. */
  write(path: string, bytes: Uint8Array): Promise<void>;
  exists(path: string): Promise<boolean>;
  /** Names in a folder, sorted; empty if it does not exist. */
  list(folder: string): Promise<string[]>;
  /** Removes a file, or a folder with its contents; does nothing if it is missing. */
  remove(path: string): Promise<void>;
  /** Length of a file in bytes; `undefined` if there is no such file. */
  size(path: string): Promise<number | undefined>;
  /**
   * Locks the storage until the returned function is called. Takes over the lock of a process that has ended.
   * @throws if another process holds the lock
   */
  lock(): Promise<() => Promise<void>>;
  /** Free space in bytes, if it is known. */
  free?(): Promise<number | undefined>;
}

/** The storage of a run, or of a part of one. */
export const storage: Service<Storage> = service('storage');
