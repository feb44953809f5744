// @ts-check
import { createWasmBackend } from '@graft/backend-wasm';
import { conv2d, matmul, scope, sum, tensor, valueAndGrad } from '@graft/tensor';
import { jaxJs, jaxName } from '../peers/jax.mjs';
import { tensorflow, tensorflowName } from '../peers/tensorflow.mjs';
import { alternate } from '../measure.mjs';

const size = 512;
/** Small, because some peers take seconds: batch, input and output channels, image. */
const [n, c, k, side] = [2, 32, 32, 28];

/** Alternatives for web pages and Node programs: matrix products and a 3×3 convolution, forward and with both gradients, one thread each. */
export async function* javascriptPeers(/** @type {import('../bench.mjs').Options} */ { quick, wanted }) {
  const names = {
    matmul: `matmul ${size}, one thread`,
    forward: `conv ${c}→${k} ${side}² 3×3 forward, one thread`,
    training: `conv ${c}→${k} ${side}² 3×3 forward and gradients, one thread`,
  };
  if (!Object.values(names).some(wanted)) return;
  const backend = await createWasmBackend(/** @type {object} */ ({ threads: 1 }));
  const values = (/** @type {number} */ length) => Float32Array.from({ length }, (_, i) => Math.sin(i));
  const [a, x, w] = [values(size * size), values(n * c * side * side), values(k * c * 9)];
  const own = {
    a: tensor(a, { shape: [size, size], backend }),
    x: tensor(x, { shape: [n, c, side, side], backend }),
    w: tensor(w, { shape: [k, c, 3, 3], backend }),
  };
  /** @type {Record<keyof typeof names, () => unknown>} */
  const graft = {
    matmul: () => scope(() => void matmul(own.a, own.a)),
    forward: () => scope(() => void conv2d(own.x, own.w, { padding: 1 })),
    training: () => scope(() => void valueAndGrad(() => sum(conv2d(own.x, own.w, { padding: 1 })), [own.x, own.w])),
  };
  const operations = {
    matmul: 2 * size ** 3,
    forward: 2 * n * k * side * side * c * 9,
    training: 6 * n * k * side * side * c * 9,
  };
  for (const [peer, runs] of [...(await tensorflowRuns(a, x, w)), await jaxRuns(a, x, w)])
    for (const [key, run] of /** @type {[keyof typeof names, (() => unknown)][]} */ (Object.entries(runs))) {
      if (!wanted(names[key])) continue;
      const times = await alternate({ graft: graft[key], peer: run }, { rounds: quick ? 3 : 7, warmUp: 2 });
      const [rate, theirs] = [times['graft'], times['peer']].map(
        (time) => operations[key] / (time?.median ?? Number.NaN) / 1e6,
      );
      yield {
        name: names[key],
        graft: rate ?? 0,
        peer,
        peerValue: theirs ?? 0,
        unit: 'GFLOP/s',
        ratio: (rate ?? 0) / (theirs ?? 1),
        target: null,
      };
    }
  await backend.dispose?.();
}

/** @returns {Promise<[string, Partial<Record<'matmul' | 'forward' | 'training', () => unknown>>][]>} */
async function tensorflowRuns(
  /** @type {Float32Array} */ a,
  /** @type {Float32Array} */ x,
  /** @type {Float32Array} */ w,
) {
  const peers = [];
  for (const backend of /** @type {const} */ (['cpu', 'wasm'])) {
    const tf = await tensorflow(backend);
    // Channels last: its native layout, and the only one its CPU backend supports.
    const [square, image, filters] = [
      tf.tensor(a, [size, size]),
      tf.tensor(x, [n, side, side, c]),
      /** @type {import('@tensorflow/tfjs').Tensor4D} */ (tf.tensor(w, [3, 3, c, k])),
    ];
    const on =
      (/** @type {() => import('@tensorflow/tfjs').Tensor | import('@tensorflow/tfjs').Tensor[]} */ fn) => async () => {
        await tf.setBackend(backend);
        tf.tidy(() => void [fn()].flat().map((tensor) => tensor.dataSync()));
      };
    const convolve = (
      /** @type {import('@tensorflow/tfjs').Tensor} */ image,
      /** @type {import('@tensorflow/tfjs').Tensor} */ filters,
    ) =>
      tf.conv2d(
        /** @type {import('@tensorflow/tfjs').Tensor4D} */ (image),
        /** @type {import('@tensorflow/tfjs').Tensor4D} */ (filters),
        1,
        'same',
      );
    peers.push(
      /** @type {[string, Partial<Record<'matmul' | 'forward' | 'training', () => unknown>>]} */ ([
        tensorflowName(backend),
        {
          matmul: on(() => tf.matMul(square, square)),
          forward: on(() => convolve(image, filters)),
          // Its wasm backend has no gradient of convolution.
          ...(backend === 'cpu' && {
            training: on(() =>
              tf.grads((image, filters) =>
                tf.sum(convolve(/** @type {never} */ (image), /** @type {never} */ (filters))),
              )([image, filters]),
            ),
          }),
        },
      ]),
    );
  }
  return peers;
}

/** @returns {Promise<[string, Record<'matmul' | 'forward' | 'training', () => unknown>]>} */
async function jaxRuns(/** @type {Float32Array} */ a, /** @type {Float32Array} */ x, /** @type {Float32Array} */ w) {
  const { numpy: np, lax, jit, grad } = await jaxJs();
  // Functions consume their arrays; `ref` keeps one.
  const square = np.array(/** @type {never} */ (a)).reshape([size, size]);
  const [image, filters] = [
    np.array(/** @type {never} */ (x)).reshape([n, c, side, side]),
    np.array(/** @type {never} */ (w)).reshape([k, c, 3, 3]),
  ];
  const product = jit((/** @type {any} */ a, /** @type {any} */ b) => np.matmul(a, b));
  const convolve = (/** @type {any} */ x, /** @type {any} */ w) => lax.conv(x, w, [1, 1], 'SAME');
  const forward = jit(convolve);
  const training = jit(
    grad(
      /** @type {any} */ ((/** @type {any} */ x, /** @type {any} */ w) => np.sum(convolve(x, w))),
      /** @type {any} */ ({ argnums: [0, 1] }),
    ),
  );
  return [
    jaxName,
    {
      matmul: () => product(square.ref, square.ref).data(),
      forward: () => forward(image.ref, filters.ref).data(),
      training: async () => {
        for (const part of /** @type {any} */ (training(/** @type {any} */ (image).ref, filters.ref)))
          await part.data();
      },
    },
  ];
}
