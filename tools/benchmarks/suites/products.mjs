// @ts-check
import { createWasmBackend } from '@graft/backend-wasm';
import { matmul, scope, tensor } from '@graft/tensor';
import { alternate } from '../measure.mjs';

/** Square matrix products: one thread as a fraction of the peak of multiply-adds on registers, and two threads compared with one. */
export async function* products(/** @type {import('../bench.mjs').Options} */ { quick, wanted }) {
  const [one, two] = await Promise.all([1, 2].map((threads) => createWasmBackend(/** @type {object} */ ({ threads }))));
  if (!one || !two) return;
  for (const size of [512, 1024]) {
    const names = [`matmul ${size}, one thread`, `matmul ${size}, two threads`];
    if (!names.some(wanted)) continue;
    const values = Float32Array.from({ length: size * size }, (_, i) => Math.sin(i));
    const square = (/** @type {typeof one} */ backend) => {
      const [a, b] = [
        tensor(values, { shape: [size, size], backend }),
        tensor(values, { shape: [size, size], backend }),
      ];
      return () => scope(() => void matmul(a, b));
    };
    let peak = 0;
    const times = await alternate(
      { one: square(one), two: square(two), peak: () => (peak = Math.max(peak, one.measurePeak() / 1e9)) },
      { rounds: quick ? 5 : 15, warmUp: 3 },
    );
    const [rate, shared] = [times['one'], times['two']].map(
      (time) => (2 * size ** 3) / (time?.best ?? Number.NaN) / 1e6,
    );
    const row = (
      /** @type {number} */ graft,
      /** @type {string} */ peer,
      /** @type {number} */ peerValue,
      /** @type {number} */ target,
      /** @type {string} */ why,
    ) => ({ graft, peer, peerValue, unit: 'GFLOP/s', ratio: graft / peerValue, target, why });
    if (wanted(names[0] ?? ''))
      yield {
        name: names[0] ?? '',
        ...row(
          rate ?? 0,
          'multiply-adds on registers',
          peak,
          0.88,
          'The peak has no loads. The kernel loads six vectors for eight multiply-adds, the most that V8 11.3 has registers for.',
        ),
      };
    if (wanted(names[1] ?? ''))
      yield {
        name: names[1] ?? '',
        ...row(
          shared ?? 0,
          'one thread',
          rate ?? 0,
          1.85,
          'Handing over parts takes microseconds, and packing is split before the product starts.',
        ),
      };
  }
  for (const backend of [one, two]) await backend.dispose?.();
}
