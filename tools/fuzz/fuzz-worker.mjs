// @ts-check
// Tests damaged files one after another in a separate thread, which the main thread may terminate at any time.
import { parentPort } from 'node:worker_threads';
import { createWasmBackend } from '@graft/backend-wasm';
import { outcome } from './outcome.mjs';

const backend = await createWasmBackend({ threads: 1 });
parentPort?.on('message', async (/** @type {{ bytes: Uint8Array, train: boolean }} */ { bytes, train }) =>
  parentPort?.postMessage(await outcome(bytes, backend, { train })),
);
parentPort?.postMessage('ready');
