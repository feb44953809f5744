import { service, type Service } from '@graft/plugin';

/** Where files are kept: a folder, a browser's private file system, memory. Paths are relative, with `/`. */
export interface Storage {
  /** What messages call it, such as the path of a folder. */
  readonly location: string;
  /** @throws where there is no such file */
  read(path: string): Promise<Uint8Array>;
  /** Writes all or nothing: a reader never sees half a file. Folders are made as needed. */
  write(path: string, bytes: Uint8Array): Promise<void>;
  exists(path: string): Promise<boolean>;
  /** Names in a folder, sorted; none where it does not exist. */
  list(folder: string): Promise<string[]>;
  /** Removes a file, or a folder with all in it; a missing one is fine. */
  remove(path: string): Promise<void>;
  /** Length of a file in bytes; `undefined` where there is no such file. */
  size(path: string): Promise<number | undefined>;
  /**
   * Keeps others out until the returned function is called. The lock of a process that has ended is taken over.
   * @throws where somebody else holds the lock
   */
  lock(): Promise<() => Promise<void>>;
  /** Bytes that can still be written, where that is known. */
  free?(): Promise<number | undefined>;
}

/** Where a run, or a part of one, keeps its files. */
export const storage: Service<Storage> = service('storage');
