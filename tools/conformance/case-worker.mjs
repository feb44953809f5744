// @ts-check
// Runs cases one after another in a separate thread, which the main thread may terminate at any time.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import { createWasmBackend } from '@graft/backend-wasm';
import { checkCase, checkGradients } from '@graft/onnx/suite';
import { isDifferentiable } from './differentiable-inputs.mjs';
import { randomRule } from './random-rules.mjs';

const backend = workerData.backend === 'wasm' ? await createWasmBackend() : undefined;

parentPort?.on('message', async (/** @type {string} */ folder) => parentPort?.postMessage(await outcomeOf(folder)));
parentPort?.postMessage('ready');

/**
 * The outcome of a case: undefined if it passed, a reason if it failed.
 * @param {string} folder @returns {Promise<import('./run-cases.mjs').Outcome>}
 */
async function outcomeOf(folder) {
  try {
    const model = readFileSync(join(folder, 'model.onnx'));
    const sets = readdirSync(folder)
      .filter((name) => name.startsWith('test_data_set_'))
      .sort();
    if (!sets.length) throw new Error('It has no data: no folder test_data_set_0.');
    // One data set is enough to check gradients.
    if (workerData.gradients)
      return await checkGradients(
        { model, inputs: values(join(folder, /** @type {string} */ (sets[0])), 'input') },
        { flows: isDifferentiable, ...(backend && { backend }) },
      );
    const random = randomRule(model);
    for (const set of sets)
      await checkCase(
        { model, inputs: values(join(folder, set), 'input'), outputs: values(join(folder, set), 'output') },
        { ...(backend && { backend }), ...(random && { random }) },
      );
    return random && { random: true };
  } catch (error) {
    return /** @type {Error} */ (error).message;
  }
}

/** The files input_0.pb, input_1.pb, … in order. @param {string} folder @param {string} kind */
function values(folder, kind) {
  const count = readdirSync(folder).filter((name) => name.startsWith(`${kind}_`) && name.endsWith('.pb')).length;
  return Array.from({ length: count }, (_, i) => readFileSync(join(folder, `${kind}_${i}.pb`)));
}
