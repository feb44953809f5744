// @ts-check
import { createWasmBackend } from '@graft/backend-wasm';
import { conv2d, conv2dInputGrad, conv2dWeightGrad, scope, tensor } from '@graft/tensor';
import { alternate } from '../measure.mjs';

/** Channels, size, filters, kernel, stride; then the target fractions of the peak, in three directions. */
const shapes = /** @type {const} */ ([
  [64, 56, 64, 3, 1, 2.2, 2.2, 0.78],
  [96, 28, 576, 1, 1, 0.78, 0.78, 0.78],
  [128, 28, 256, 3, 2, 0.78, 0.78, 0.78],
  [3, 224, 32, 3, 2, 0.6, null, 0.45],
]);
const batch = 16;
const why =
  'The peak has no loads; the kernel loads six vectors for eight multiply-adds, and panels are packed from the image first. `node packages/backend-wasm/bench/kernels.mjs` prints each kernel alone.';

/** Convolutions in one thread, in all three directions, as a fraction of the peak, counting the multiplications of the direct method. */
export async function* convolution(/** @type {import('../bench.mjs').Options} */ { quick, wanted }) {
  const backend = await createWasmBackend(/** @type {object} */ ({ threads: 1 }));
  for (const [c, size, k, kernel, stride, ...targets] of shapes) {
    const label = `${c}→${k} ${size}² ${kernel}×${kernel}${stride > 1 ? ` s${stride}` : ''}`;
    const side = Math.floor((size + 2 * ((kernel - 1) / 2) - kernel) / stride) + 1;
    const random = (/** @type {number[]} */ ...shape) =>
      tensor(
        Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => Math.sin(i)),
        { shape, backend },
      );
    const names = [`conv ${label} forward`, `conv ${label} input gradient`, `conv ${label} weight gradient`];
    if (!names.some(wanted)) continue;
    const [x, w, g] = [random(batch, c, size, size), random(k, c, kernel, kernel), random(batch, k, side, side)];
    const padding = (kernel - 1) / 2;
    const attrs = {
      stride: /** @type {[number, number]} */ ([stride, stride]),
      padding: /** @type {[number, number, number, number]} */ ([padding, padding, padding, padding]),
      dilation: /** @type {[number, number]} */ ([1, 1]),
      groups: 1,
    };
    const runs = [
      () => scope(() => void conv2d(x, w, { stride, padding })),
      () => scope(() => void conv2dInputGrad(g, w, attrs, x.shape)),
      () => scope(() => void conv2dWeightGrad(x, g, attrs, w.shape)),
    ];
    let peak = 0;
    const times = await alternate(
      {
        ...Object.fromEntries(runs.map((run, i) => [String(i), run])),
        peak: () => (peak = Math.max(peak, backend.measurePeak() / 1e9)),
      },
      { rounds: quick ? 4 : 12 },
    );
    for (const [i, name] of names.entries()) {
      const rate = (2 * batch * k * side * side * c * kernel * kernel) / (times[i]?.best ?? Number.NaN) / 1e6;
      if (wanted(name))
        yield {
          name,
          graft: rate,
          peer: 'multiply-adds on registers',
          peerValue: peak,
          unit: 'GFLOP/s',
          ratio: rate / peak,
          target: targets[i] ?? null,
          why,
        };
    }
    for (const tensor of [x, w, g]) tensor.dispose();
  }
}
