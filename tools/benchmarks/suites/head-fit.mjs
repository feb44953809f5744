// @ts-check
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createWasmBackend } from '@graft/backend-wasm';
import { Random } from '@graft/tensor';
import { fitLinear } from '@graft/transfer';
import { runPython } from '../peers/python.mjs';

const [rows, width, classes, folds] = [5000, 1280, 10, 5];
/** Penalties of both, from the strongest. */
const strengths = Array.from({ length: 9 }, (_, i) => 10 ** (-1 - i / 2));
/** How far the cross-validated losses of both may differ. */
const tolerance = 0.02;

/** The fit of a linear head with its regularisation path, by cross-validation: what a run with a frozen backbone does once its features are computed. */
export async function* headFit(/** @type {import('../bench.mjs').Options} */ { wanted }) {
  const name = `linear head fitted to ${rows.toLocaleString('en')} × ${width} features, ${classes} classes, ${strengths.length} penalties, ${folds} folds`;
  if (!wanted(name)) return;
  const inputs = featureRows();
  const targets = inputs.map((_, i) => i % classes);
  const backend = await createWasmBackend();
  const data = { inputs, targets, outputs: classes, folds: inputs.map((_, i) => Math.floor(i / classes) % folds) };
  const options = /** @type {const} */ ({ link: 'softmax', backend, strengths, stopEarly: false });
  await fitLinear({ ...data, inputs: inputs.slice(0, 200), targets: targets.slice(0, 200) }, options); // warm-up
  const start = performance.now();
  const { path } = await fitLinear(data, options);
  const seconds = (performance.now() - start) / 1000;
  const folder = mkdtempSync(join(tmpdir(), 'graft-bench-'));
  try {
    const file = join(folder, 'features');
    writeFileSync(file, Buffer.concat(inputs.map(({ buffer }) => new Uint8Array(buffer))));
    const peer = runPython('sklearn_logistic.py', file, rows, width, classes, folds, ...strengths);
    if (!peer) return console.log(`${name}: scikit-learn is not installed (set PYTHON to a Python that has it)`);
    for (const [i, { heldOutLoss, strength }] of path.entries())
      if (Math.abs(heldOutLoss / peer.losses[i] - 1) > tolerance)
        throw new Error(
          `With the penalty ${strength}, the cross-validated losses differ: ${heldOutLoss} and ${peer.losses[i]}.`,
        );
    yield {
      name,
      graft: seconds,
      peer: `scikit-learn ${peer.version}`,
      peerValue: peer.seconds,
      unit: 's',
      ratio: peer.seconds / seconds,
      target: 1 / 1.5,
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
    await backend.dispose?.();
  }
}

/** Features like those of a network: of few dimensions in truth, mixed and rectified. */
function featureRows() {
  const random = new Random(0);
  const hidden = 40;
  const normals = (/** @type {number} */ count) => Float32Array.from({ length: count }, () => random.normal());
  const [centres, mix] = [normals(classes * hidden), normals(hidden * width)];
  return Array.from({ length: rows }, (_, i) => {
    const own = normals(hidden).map((value, k) => value + 0.6 * Number(centres[(i % classes) * hidden + k]));
    const row = normals(width).map((value) => value / 2);
    for (let k = 0; k < hidden; k++)
      for (let j = 0; j < width; j++) row[j] = Number(row[j]) + Number(own[k]) * Number(mix[k * width + j]);
    return row.map((value) => Math.max(0, value));
  });
}
