// @ts-check
// Runs one case after another in a thread of its own, which the main one may end at any time.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import { createWasmBackend } from '@graft/backend-wasm';
import { checkCase } from '@graft/onnx/testing';

const backend = workerData.backend === 'wasm' ? await createWasmBackend() : undefined;

parentPort?.on('message', (/** @type {string} */ folder) => parentPort?.postMessage(reasonAgainst(folder)));
parentPort?.postMessage('ready');

/** Why a case fails; undefined where it passes. @param {string} folder */
function reasonAgainst(folder) {
  try {
    const model = readFileSync(join(folder, 'model.onnx'));
    const sets = readdirSync(folder).filter((name) => name.startsWith('test_data_set_')).sort();
    if (!sets.length) throw new Error('It has no data: no folder test_data_set_0.');
    for (const set of sets) checkCase({ model, inputs: values(join(folder, set), 'input'), outputs: values(join(folder, set), 'output') }, backend && { backend });
    return undefined;
  } catch (error) {
    return /** @type {Error} */ (error).message;
  }
}

/** The files input_0.pb, input_1.pb, … in their order. @param {string} folder @param {string} kind */
function values(folder, kind) {
  const count = readdirSync(folder).filter((name) => name.startsWith(`${kind}_`) && name.endsWith('.pb')).length;
  return Array.from({ length: count }, (_, i) => readFileSync(join(folder, `${kind}_${i}.pb`)));
}
