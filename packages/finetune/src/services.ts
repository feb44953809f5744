import { service, type Service } from '@graft/plugin';
import type { Network } from '@graft/tasks';
import type { Reduce } from '@graft/train';
import type { RunListener } from './run-event.ts';

/** How a model is opened. */
export interface OpenModelContext {
  /** Hears of a download. */
  readonly progress?: (done: number, total: number | undefined) => void;
  readonly signal?: AbortSignal | undefined;
}

/** A file in a browser: a `File` or a `Blob`. */
export interface BlobLike {
  readonly name?: string;
  arrayBuffer(): Promise<ArrayBuffer>;
}

/**
 * A model as a caller gives it: a zoo model's name, a path or an address, the bytes of a file, a Blob, or `File` objects of a folder with one `.onnx` and
 * what belongs to it, such as `tokenizer.json`.
 */
export type ModelInput = string | Uint8Array | BlobLike | readonly BlobLike[];

/** Opens models by name, path or address: from disk and the cache in Node, over HTTP in a browser. */
export const modelOpener: Service<(model: string, context: OpenModelContext) => Promise<Network>> =
  service('model opener');

/** What several machines that train together share; one machine has none. */
export interface Communicator {
  /** This machine's number among `size`, from 0. */
  readonly rank: number;
  readonly size: number;
  /** Combines the gradients of a step over all machines. */
  readonly reduce: Reduce;
}

/** The communicator of a run. */
export const communicator: Service<Communicator> = service('communicator');

/** Hears what a run does, and takes what the pieces of a run have to tell: `context.use(logger)({ type: 'warning', message, source: 'my-plugin' })`. */
export const logger: Service<RunListener> = service('logger');

/** What aborts a run. */
export const signalService: Service<AbortSignal> = service('signal');
