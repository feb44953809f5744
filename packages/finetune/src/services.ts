import type { BlobLike } from '@graft/data';
import { service, type Service } from '@graft/plugin';
import type { Network } from '@graft/tasks';
import type { Reduce } from '@graft/train';
import type { WeightsFile } from './architecture-network.ts';
import type { RunListener } from './run-event.ts';

/** Options for opening a model. */
export interface OpenModelContext {
  /** Called during a download, with bytes; `total` is undefined if unknown. */
  readonly progress?: (done: number, total: number | undefined) => void;
  /** Called with a sentence if a downloaded model cannot be cached; it is used without a cache. */
  readonly onWarning?: (message: string) => void;
  readonly signal?: AbortSignal | undefined;
  /** Weights for a model that is the name of an architecture. */
  readonly weights?: WeightsInput | undefined;
}

/**
 * A model: a zoo model's name, a path, a URL, the bytes of a file, a Blob, or a list of `File` objects with one `.onnx` file and
 * its companions, such as `tokenizer.json`.
 */
export type ModelInput = string | Uint8Array | BlobLike | readonly BlobLike[];

/** Weights of an architecture: the path or URL of a `.pth`, `.pt`, `.bin` or `.safetensors` file, its bytes, or a Blob. */
export type WeightsInput = string | Uint8Array | BlobLike;

/** Opens models by name, path or URL: from disk and the cache in Node, over HTTP in a browser. */
export const modelOpener: Service<(model: string, context: OpenModelContext) => Promise<Network>> =
  service('model opener');

/** Reads a file of weights by path or URL: from disk and the cache in Node, over HTTP in a browser. */
export const weightsOpener: Service<(weights: string, context: OpenModelContext) => Promise<WeightsFile>> =
  service('weights opener');

/** Connects machines that train together. A run on a single machine has none. */
export interface Communicator {
  /** Number of this machine, from 0 to `size` − 1. */
  readonly rank: number;
  readonly size: number;
  /** Combines the gradients of a step over all machines. */
  readonly reduce: Reduce;
}

/** The communicator service. */
export const communicator: Service<Communicator> = service('communicator');

/** Receives the events of a run. Plugins can send events, too: `context.use(logger)({ type: 'warning', message, source: 'my-plugin' })`. */
export const logger: Service<RunListener> = service('logger');

/** The signal that stops a run when aborted. */
export const signalService: Service<AbortSignal> = service('signal');
