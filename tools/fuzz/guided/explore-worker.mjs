// @ts-check
// Explores one reader in a thread, which the main thread terminates when an execution does not end.
import { mkdtempSync, rmSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { allocate, explore } from './explore.mjs';

/** @type {{ name: string, bundle: import('./bundle-readers.mjs').Bundle, seen: Uint8Array, progress: Int32Array, input: Uint8Array, corpus: Uint8Array[], words: string[], seed: number, from: number, executions: number, until: number, known: ReadonlySet<string> }} */
const { name, bundle, seen, progress, input, corpus, words, seed, from, executions, until, known } = workerData;
const counters = new Uint32Array(bundle.counters);
Object.assign(globalThis, { __counters: counters, __allocate: allocate });
const { readers, WrongResult } = await import(pathToFileURL(bundle.file).href);
const folder = mkdtempSync(join(tmpdir(), 'graft-fuzz-'));
try {
  const done = await explore({
    name,
    reader: readers[name],
    WrongResult,
    folder,
    counters,
    seen,
    words: words.map((word) => new TextEncoder().encode(word)),
    corpus,
    seed,
    from,
    executions,
    known,
    isOver: () => Date.now() > until,
    onInput(execution, bytes) {
      input.set(bytes.length > input.length ? bytes.subarray(0, input.length) : bytes);
      Atomics.store(progress, 1, bytes.length);
      Atomics.store(progress, 0, execution);
      Atomics.add(progress, 2, 1);
    },
    onNew: (bytes) => parentPort?.postMessage({ new: bytes }),
    onFailure: (failure, kind) => parentPort?.postMessage({ failure, kind }),
  });
  parentPort?.postMessage({ done });
} finally {
  rmSync(folder, { recursive: true, force: true });
}
