// @ts-check
// `npm run parity`: trains what PyTorch has trained, on both backends, draws docs/parity.svg and prints how near the losses are.
import { createWasmBackend } from '@graft/backend-wasm';
import { js } from '@graft/tensor';
import { writeFileSync } from 'node:fs';
import { drawParity } from './draw-parity.mjs';
import { differences, golden, parityRun } from './run-parity.mjs';

const wasm = await createWasmBackend();
const panels = /** @type {const} */ (['sgd', 'adam']).map((name) => ({
  title: { sgd: 'SGD with momentum and weight decay', adam: 'Adam' }[name],
  torch: golden.runs[name].losses,
  runs: [js, wasm].map((backend) => {
    const losses = parityRun(backend, name);
    const apart = differences(name, losses);
    console.log(
      `${name} on ${backend.name}: losses within ${Math.max(...apart).toExponential(1)} of PyTorch's; PyTorch's own spread is ${golden.runs[name].spread.toExponential(1)}`,
    );
    return { name: backend.name, losses, differences: apart };
  }),
}));
writeFileSync(new URL('../../docs/parity.svg', import.meta.url), drawParity(panels));
await wasm.dispose?.();
