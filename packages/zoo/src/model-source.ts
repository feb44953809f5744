import { type ExtensionPoint, extensionPoint, type Named } from '@graft/plugin';

/** What a source may need to know. */
export interface SourceContext {
  /** Length of the file, where a card says so: a source stops when more comes. */
  readonly bytes?: number;
  /** Folders to look for installed packages in, the nearest first. */
  readonly from: readonly string[];
  /** Called as bytes arrive; `total` where it is known. */
  readonly progress?: (done: number, total: number | undefined) => void;
  /** What asks servers, where it is not the global `fetch`. */
  readonly fetch?: typeof globalThis.fetch;
  /** Where a download that breaks off is kept. */
  readonly partial?: PartialDownload;
  /** Aborted where the download shall stop. */
  readonly signal?: AbortSignal;
}

/** The beginning of a file, kept until the rest has come. */
export interface PartialDownload {
  read(): Promise<Uint8Array | undefined>;
  append(chunk: Uint8Array): Promise<void>;
  clear(): Promise<void>;
}

/** A way to get model files, named by the scheme of the addresses it knows, such as `npm`. */
export interface ModelSource extends Named {
  /** Whether `fetch` asks the network, so that it is not called offline. */
  readonly remote?: boolean;
  /** The file, where it is on this machine already; it is used from there and not put into the cache. */
  find?(url: string, context: SourceContext): Promise<Uint8Array | undefined>;
  /**
   * Brings the file. The caller checks length and digest.
   * @throws with the address and the way out
   */
  fetch(url: string, context: SourceContext): Promise<Uint8Array>;
}

/** Model sources, by scheme. */
export const modelSource: ExtensionPoint<ModelSource> = extensionPoint('model source');

/** The scheme of an address, or undefined for what is a path. One letter is a Windows drive. */
export const schemeOf = (address: string): string | undefined =>
  /^([a-z][a-z0-9+.-]+):/i.exec(address)?.[1]?.toLowerCase();
