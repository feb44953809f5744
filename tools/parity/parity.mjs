// @ts-check
// `npm run parity`: repeats PyTorch's training on both backends, draws docs/parity.svg and prints the difference between the losses.
import { createWasmBackend } from '@graft/backend-wasm';
import { js } from '@graft/tensor';
import { writeFileSync } from 'node:fs';
import { drawParity } from './draw-parity.mjs';
import { differences, golden, parityRun } from './run-parity.mjs';

const wasm = await createWasmBackend();
/** @type {Parameters<typeof drawParity>[0][number][]} */
const panels = [];
for (const name of /** @type {const} */ (['sgd', 'adam'])) {
  const title = { sgd: 'SGD with momentum and weight decay', adam: 'Adam' }[name];
  const runs = [];
  for (const backend of [js, wasm]) {
    const losses = await parityRun(backend, name);
    const apart = differences(name, losses);
    console.log(
      `${name} on ${backend.name}: losses within ${Math.max(...apart).toExponential(1)} of PyTorch's; PyTorch's own spread is ${golden.runs[name].spread.toExponential(1)}`,
    );
    runs.push({ name: backend.name, losses, differences: apart });
  }
  panels.push({ title, torch: golden.runs[name].losses, runs });
}
writeFileSync(new URL('../../docs/parity.svg', import.meta.url), drawParity(panels));
await wasm.dispose?.();
