// @ts-check
import { createWasmBackend } from '@graft/backend-wasm';
import { conv2d, conv2dInputGrad, conv2dWeightGrad, scope, tensor } from '@graft/tensor';
import { alternate } from '../measure.mjs';
import { runPython } from '../peers/python.mjs';

const why =
  'Nine multiply-adds per element do not hide the memory latency: at stride 2 each plane is first split into even and odd columns, which is another pass over it.';
const [batch, channels, size] = [16, 192, 28];

/** Depthwise 3×3 convolutions in all three directions, one thread, against PyTorch. */
export async function* depthwise(/** @type {import('../bench.mjs').Options} */ { quick, wanted }) {
  for (const stride of [1, 2]) {
    const names = ['forward', 'input gradient', 'weight gradient'].map(
      (direction) => `depthwise ${channels} ${size}² 3×3${stride > 1 ? ` s${stride}` : ''} ${direction}, one thread`,
    );
    if (!names.some(wanted)) continue;
    const backend = await createWasmBackend(/** @type {object} */ ({ threads: 1 }));
    const side = Math.ceil(size / stride);
    const random = (/** @type {number[]} */ ...shape) =>
      tensor(
        Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => Math.sin(i)),
        { shape, backend },
      );
    const [x, w, g] = [
      random(batch, channels, size, size),
      random(channels, 1, 3, 3),
      random(batch, channels, side, side),
    ];
    const attrs = {
      stride: /** @type {[number, number]} */ ([stride, stride]),
      padding: /** @type {[number, number, number, number]} */ ([1, 1, 1, 1]),
      dilation: /** @type {[number, number]} */ ([1, 1]),
      groups: channels,
    };
    const runs = [
      () => scope(() => void conv2d(x, w, { stride, padding: 1, groups: channels })),
      () => scope(() => void conv2dInputGrad(g, w, attrs, x.shape)),
      () => scope(() => void conv2dWeightGrad(x, g, attrs, w.shape)),
    ];
    const times = await alternate(Object.fromEntries(runs.map((run, i) => [String(i), run])), {
      rounds: quick ? 5 : 20,
    });
    const torch = runPython('torch_depthwise.py', batch, channels, size, stride, quick ? 0.3 : 1);
    const operations = 2 * batch * channels * side * side * 9;
    for (const [i, name] of names.entries()) {
      if (!torch || !wanted(name)) continue;
      const [own, theirs] = [times[i]?.median, torch.milliseconds[i]].map(
        (milliseconds) => operations / (milliseconds ?? Number.NaN) / 1e6,
      );
      yield {
        name,
        graft: own ?? 0,
        peer: `PyTorch ${torch.version}`,
        peerValue: theirs ?? 0,
        unit: 'GFLOP/s',
        ratio: (own ?? 0) / (theirs ?? 1),
        target: 2,
        why,
      };
    }
    await backend.dispose?.();
  }
}
