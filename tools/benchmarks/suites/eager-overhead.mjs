// @ts-check
import { createWasmBackend } from '@graft/backend-wasm';
import { add, scope, tensor } from '@graft/tensor';
import { alternate } from '../measure.mjs';
import { tensorflow, tensorflowName } from '../peers/tensorflow.mjs';

const ops = 2000;

/** Microseconds of one op on eight floats: the overhead of every op. */
export async function* eagerOverhead(/** @type {import('../bench.mjs').Options} */ { quick, wanted }) {
  const name = 'one small op (8 floats), one thread';
  if (!wanted(name)) return;
  const backend = await createWasmBackend(/** @type {object} */ ({ threads: 1 }));
  const x = tensor(new Float32Array(8).fill(1), { backend });
  const tf = await tensorflow('wasm');
  const y = tf.ones([8]);
  const { graft, peer } = await alternate(
    {
      graft: () =>
        scope(() => {
          for (let i = 0; i < ops; i++) add(x, x);
        }),
      peer: () =>
        tf.tidy(() => {
          for (let i = 0; i < ops; i++) tf.add(y, y);
        }),
    },
    { rounds: quick ? 10 : 40, warmUp: 10 },
  );
  const [own, theirs] = [graft, peer].map((time) => (1000 * (time?.median ?? Number.NaN)) / ops);
  yield {
    name,
    graft: own ?? 0,
    peer: 'the bound of 3 µs',
    peerValue: 3,
    unit: 'µs',
    ratio: 3 / (own ?? 0),
    target: 1,
  };
  yield {
    name,
    graft: own ?? 0,
    peer: tensorflowName('wasm'),
    peerValue: theirs ?? 0,
    unit: 'µs',
    ratio: (theirs ?? 0) / (own ?? 1),
    target: null,
  };
  await backend.dispose?.();
}
