// @ts-check
import { createWasmBackend } from '@graft/backend-wasm';
import { matmul, scope, tensor } from '@graft/tensor';
import { alternate } from '../measure.mjs';

/** Square matrix products in one thread, as a share of what multiply-adds between registers reach. */
export async function* products(/** @type {import('../bench.mjs').Options} */ { quick, wanted }) {
  const backend = await createWasmBackend(/** @type {object} */ ({ threads: 1 }));
  for (const size of [512, 1024]) {
    const name = `matmul ${size}, one thread`;
    if (!wanted(name)) continue;
    const values = Float32Array.from({ length: size * size }, (_, i) => Math.sin(i));
    const [a, b] = [tensor(values, { shape: [size, size], backend }), tensor(values, { shape: [size, size], backend })];
    let peak = 0;
    const { graft } = await alternate({ graft: () => scope(() => void matmul(a, b)), peak: () => (peak = Math.max(peak, backend.measurePeak() / 1e9)) }, { rounds: quick ? 5 : 15, warmUp: 3 });
    const rate = (2 * size ** 3) / (graft?.best ?? Number.NaN) / 1e6;
    yield { name, graft: rate, peer: 'multiply-adds on registers', peerValue: peak, unit: 'GFLOP/s', ratio: rate / peak, target: 0.88 };
  }
}
