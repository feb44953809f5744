import { service, type Service } from '@graft/plugin';

/** Stores files by path, for example in a folder, a browser's private file system, or memory. Paths are relative and use `/`. */
export interface Storage {
  /** The storage's name in messages, such as the path of a folder. */
  readonly location: string;
  /** Reads a file. @throws if it does not exist */
  read(path: string): Promise<Uint8Array>;
  /** Writes a file atomically: readers never see a partial file. Creates folders as needed. */
  write(path: string, bytes: Uint8Array): Promise<void>;
  /** Whether a file or folder exists. */
  exists(path: string): Promise<boolean>;
  /** Names in a folder, sorted; empty if it does not exist. */
  list(folder: string): Promise<string[]>;
  /** Removes a file, or a folder with its contents. Does nothing if it does not exist. */
  remove(path: string): Promise<void>;
  /** The size of a file in bytes; `undefined` if it does not exist. */
  size(path: string): Promise<number | undefined>;
  /**
   * Locks the storage until the returned function is called. Takes over the lock of a process that has ended.
   * @throws if another process holds the lock
   */
  lock(): Promise<() => Promise<void>>;
  /** SHA-256 of a file in hexadecimal, without holding the whole file in memory. @throws if it does not exist */
  sha256?(path: string): Promise<string>;
  /** Free space in bytes, if known. */
  free?(): Promise<number | undefined>;
}

/** The storage of a run, or of a part of one. */
export const storage: Service<Storage> = service('storage');
