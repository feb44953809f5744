/** Where files are kept: a folder, a browser's private file system, memory. Paths are relative, with `/`. */
export interface Storage {
  /** @throws where there is no such file */
  read(path: string): Promise<Uint8Array>;
  /** Writes all or nothing: a reader never sees half a file. Folders are made as needed. */
  write(path: string, bytes: Uint8Array): Promise<void>;
  exists(path: string): Promise<boolean>;
  /** Names in a folder, sorted; none where it does not exist. */
  list(folder: string): Promise<string[]>;
  /** Removes a file, or a folder with all in it; a missing one is fine. */
  remove(path: string): Promise<void>;
}
