// @ts-check
import { exportOnnx } from '@graft/onnx';
import { mobileNetV2 } from '@graft/zoo';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { makePhotos } from '../photos.mjs';

const command = fileURLToPath(new URL('../../../apps/graft/dist/main.js', import.meta.url));
const photos = 20;

/** From `graft finetune` until images have gone through the backbone, on the second run: all images are read first, to exclude broken ones. */
export async function* startUp(/** @type {import('../bench.mjs').Options} */ { quick, wanted }) {
  const name = `graft finetune, start to the first images through MobileNetV2, ${photos} photos`;
  if (!wanted(name)) return;
  const folder = mkdtempSync(join(tmpdir(), 'graft-bench-'));
  try {
    await makePhotos(join(folder, 'photos'), photos);
    writeFileSync(
      join(folder, 'model.onnx'),
      await exportOnnx(mobileNetV2().initialize(1), { inputShape: [3, 224, 224] }),
    );
    /** @type {number[]} */
    const times = [];
    for (let round = 0; round < (quick ? 3 : 6); round++) times.push(await untilFeatures(folder, `run ${round}`));
    const [, ...again] = times;
    again.sort((a, b) => a - b);
    const median = again[again.length >> 1] ?? Number.NaN;
    yield {
      name,
      graft: median,
      peer: 'the bound of a second',
      peerValue: 1000,
      unit: 'ms',
      ratio: 1000 / median,
      target: 1,
      why: 'All images are read before the first batch, to exclude broken ones; before that, Node.js loads several hundred modules.',
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Milliseconds from a process's start until it starts counting features. @returns {Promise<number>} */
function untilFeatures(/** @type {string} */ folder, /** @type {string} */ out) {
  const start = performance.now();
  // The command shows a counter if it writes to a terminal.
  const script = `process.stderr.isTTY = true; process.argv.splice(1, 0, 'graft'); await import(${JSON.stringify(command)});`;
  const child = spawn(
    process.execPath,
    [
      '--input-type=module',
      '-e',
      script,
      'finetune',
      '--model',
      'model.onnx',
      '--data',
      'photos',
      '--out',
      out,
      '--epochs',
      '1',
    ],
    { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] },
  );
  return new Promise((resolve, reject) => {
    let [text, first] = ['', Number.NaN];
    child.stderr.on('data', (chunk) => {
      text += String(chunk);
      if (Number.isNaN(first) && text.includes('computing features')) first = performance.now() - start;
    });
    child.on('error', reject);
    child.on('exit', (code) => (code === 0 ? resolve(first) : reject(new Error(`graft finetune failed: ${text}`))));
  });
}
