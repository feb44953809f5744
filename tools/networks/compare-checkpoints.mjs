// @ts-check
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createWasmBackend } from '@graft/backend-wasm';
import { createApp } from '@graft/plugin';
import { scope, tensor } from '@graft/tensor';
import zoo, { architecture, loadPretrained, readWeights } from '@graft/zoo';

/** Greatest difference relative to the largest output. */
const most = 1e-4;

/** Whether a folder has checkpoints by tools/golden/checkpoints.py. @param {string} folder */
export const hasCheckpoints = (folder) => existsSync(join(folder, 'cases.json'));

/**
 * Loads the checkpoints that tools/golden/checkpoints.py wrote to a folder, and prints how much the outputs differ from PyTorch's.
 * @param {string} folder @returns {Promise<boolean>} whether all are the same, and every architecture of images is among them
 */
export async function compareCheckpoints(folder) {
  const app = await createApp([zoo]);
  const backend = await createWasmBackend();
  /** @type {{ torch: string, cases: { library: string, architecture: string, file: string, shape: number[] }[] }} */
  const { torch, cases } = JSON.parse(readFileSync(join(folder, 'cases.json'), 'utf8'));
  console.log(
    `| architecture | weights of | image | tensors | MB | difference from PyTorch ${torch} | |\n|---|---|---|---|---|---|---|`,
  );
  let failed = 0;
  for (const { library, architecture: name, file, shape } of cases) {
    const bytes = new Uint8Array(readFileSync(join(folder, file)));
    const { tensors, notes } = readWeights(bytes, file);
    const loaded = await loadPretrained(app.get(architecture, name), tensors, { name: file });
    await loaded.module.to(backend);
    const [image, logits] = [floats(join(folder, `${file}.image`)), floats(join(folder, `${file}.logits`))];
    const found = scope(() =>
      loaded.module.forward(/** @type {never} */ (tensor(image, { shape, backend }))).numbers(),
    );
    const scale = Math.max(...logits.map(Math.abs));
    const difference = Math.max(...found.map((value, i) => Math.abs(value - (logits[i] ?? NaN)))) / scale;
    const passes = found.length === logits.length && difference < most;
    if (!passes) failed++;
    console.log(
      `| ${name} | ${library} | ${shape.slice(2).join(' × ')} | ${tensors.size} | ${(bytes.length / 1e6).toFixed(1)} | ${difference.toExponential(1)} | ${[passes ? 'pass' : 'FAIL', ...[...notes, ...loaded.notes].map((note) => note.replace(`"${file}": `, ''))].join('; ')} |`,
    );
    loaded.module.dispose();
  }
  const missing = app
    .all(architecture)
    .filter(({ name, inputs }) => !inputs && !cases.some((one) => one.architecture === name));
  if (missing.length) console.log(`Not compared: ${missing.map(({ name }) => name).join(', ')}`);
  console.log(`${cases.length - failed}/${cases.length} checkpoints give PyTorch's outputs within ${most}`);
  return failed + missing.length === 0;
}

/** @param {string} path */
function floats(path) {
  const { buffer, byteOffset, length } = readFileSync(path);
  return new Float32Array(buffer.slice(byteOffset, byteOffset + length));
}
