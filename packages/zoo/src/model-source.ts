import { type ExtensionPoint, extensionPoint, type Named } from '@graft/plugin';

/** Options of a source. */
export interface SourceContext {
  /** Length of the file, if a card specifies it. A source stops if it receives more. */
  readonly bytes?: number;
  /** Folders to search for installed packages, nearest first. */
  readonly from: readonly string[];
  /** Called as data arrives, with `total` if it is known. */
  readonly progress?: (done: number, total: number | undefined) => void;
  /** Replaces the global `fetch`. */
  readonly fetch?: typeof globalThis.fetch;
  /** Where to keep the data of a download. */
  readonly partial?: PartialDownload;
  /** Called with a sentence if the download goes on without something, such as a place to keep its data. */
  readonly onWarning?: (message: string) => void;
  /** Aborts the download. */
  readonly signal?: AbortSignal;
}

/** Keeps the data of a download, which is then not held in memory until it is complete. */
export interface PartialDownload {
  /** Whether a later call cannot go on from here. */
  readonly temporary?: boolean;
  read(): Promise<Uint8Array | undefined>;
  append(chunk: Uint8Array): Promise<void>;
  clear(): Promise<void>;
}

/** Fetches model files. Its name is the scheme of its addresses, such as `npm`. */
export interface ModelSource extends Named {
  /** Whether `fetch` uses the network and must not be called offline. */
  readonly remote?: boolean;
  /** Returns the file if it is already on this machine; it is not copied to the cache. */
  find?(url: string, context: SourceContext): Promise<Uint8Array | undefined>;
  /**
   * Fetches the file. The caller checks length and digest.
   * @throws an error with the address and a suggestion
   */
  fetch(url: string, context: SourceContext): Promise<Uint8Array>;
}

/** The extension point for model sources. */
export const modelSource: ExtensionPoint<ModelSource> = extensionPoint('model source', 'downloads of models');

/** The scheme of an address, or undefined for a path. A single letter is a Windows drive. */
export const schemeOf = (address: string): string | undefined =>
  /^([a-z][a-z0-9+.-]+):/i.exec(address)?.[1]?.toLowerCase();
