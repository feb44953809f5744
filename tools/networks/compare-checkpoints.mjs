// @ts-check
// Loads the checkpoints that tools/golden/checkpoints.py <folder> wrote, and compares the outputs with PyTorch's.
// Run: npm run build, then node tools/networks/compare-checkpoints.mjs <folder>
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createWasmBackend } from '@graft/backend-wasm';
import { createApp } from '@graft/plugin';
import { tensor } from '@graft/tensor';
import zoo, { architecture, loadPretrained, readWeights } from '@graft/zoo';

const [folder = '.'] = process.argv.slice(2);
const app = await createApp([zoo]);
const backend = await createWasmBackend();
/** @type {{ architecture: string, file: string, size: number, image: number[], logits: number[] }[]} */
const cases = JSON.parse(readFileSync(join(folder, 'cases.json'), 'utf8'));
for (const { architecture: name, file, size, image, logits } of cases) {
  const { tensors, notes } = readWeights(new Uint8Array(readFileSync(join(folder, file))), file);
  const loaded = await loadPretrained(app.get(architecture, name), tensors, { name: file });
  await loaded.module.to(backend);
  const found = loaded.module.forward(tensor(image, { shape: [2, 3, size, size], backend })).numbers();
  const scale = Math.max(1, ...logits.map(Math.abs));
  const difference = Math.max(...found.map((value, i) => Math.abs(value - (logits[i] ?? NaN)))) / scale;
  console.log(`${file}: ${difference.toExponential(1)} from PyTorch. ${[...notes, ...loaded.notes].join(' ')}`);
  if (!(difference < 1e-4)) process.exitCode = 1;
  loaded.module.dispose();
}
