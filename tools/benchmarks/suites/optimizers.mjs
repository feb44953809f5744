// @ts-check
import { createWasmBackend } from '@graft/backend-wasm';
import { adam, adamW, Optimizer, sgd } from '@graft/optimizers';
import { concat, Parameter, scope, tensor } from '@graft/tensor';
import { availableParallelism } from 'node:os';
import { alternate } from '../measure.mjs';

const count = 10_000_000;
/** Number of float32 values read and written per parameter. */
const optimizers = /** @type {const} */ ([
  ['sgd', () => sgd({ learningRate: 1e-3 }), 3],
  ['sgd with momentum', () => sgd({ learningRate: 1e-3, momentum: 0.9 }), 5],
  ['adam', () => adam({ learningRate: 1e-3 }), 7],
  ['adamW', () => adamW({ learningRate: 1e-3 }), 7],
]);

/** Steps of optimizers over ten million parameters: bytes read and written per second, compared with a copy. */
export async function* optimizerSteps(/** @type {import('../bench.mjs').Options} */ { quick, wanted }) {
  const threads = Math.min(2, availableParallelism());
  const names = optimizers.map(([name]) => `optimizers: ${name} step over 10 million parameters, ${threads} threads`);
  if (!names.some(wanted)) return;
  const backend = await createWasmBackend(/** @type {object} */ ({ threads }));
  const values = Float32Array.from({ length: count }, (_, i) => Math.sin(i));
  const halves = [0, 1].map((i) => tensor(values.subarray((i * count) / 2, ((i + 1) * count) / 2), { backend }));
  for (const [i, [, create, streams]] of optimizers.entries()) {
    const name = names[i] ?? '';
    if (!wanted(name)) continue;
    const parameter = scope(() => new Parameter(tensor(values, { backend })));
    const grad = tensor(values, { backend });
    const optimizer = new Optimizer([parameter], create());
    const { graft, copy } = await alternate(
      { graft: () => optimizer.step([grad]), copy: () => scope(() => void concat(halves)) },
      { rounds: quick ? 5 : 15, warmUp: 3 },
    );
    const rate = (/** @type {{ median: number } | undefined} */ time, /** @type {number} */ streams) =>
      (4 * streams * count) / (time?.median ?? Number.NaN) / 1e6;
    const [own, peer] = [rate(graft, streams), rate(copy, 2)];
    yield { name, graft: own, peer: 'a copy', peerValue: peer, unit: 'GB/s', ratio: own / peer, target: 0.5 };
    optimizer.dispose();
    for (const tensor of [parameter, grad]) tensor.dispose();
  }
  for (const half of halves) half.dispose();
  await backend.dispose?.();
}
