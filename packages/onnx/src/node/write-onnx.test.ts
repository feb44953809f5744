import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Linear, ReLU, Sequential } from '@graft/layers';
import { mul, tensor } from '@graft/tensor';
import * as ort from 'onnxruntime-node';
import { afterAll, expect, test } from 'vitest';
import { expectClose } from '../../test/onnxruntime.ts';
import { importOnnx } from '../import-onnx.ts';
import { readOnnx, writeOnnx } from './index.ts';

const folder = await mkdtemp(join(tmpdir(), 'graft-onnx-write-'));
afterAll(() => rm(folder, { recursive: true, force: true }));

const x = Float32Array.from({ length: 40 }, (_, i) => Math.sin(i));
const model = new Sequential(new Linear({ in: 20, out: 16 }), new ReLU(), new Linear({ in: 16, out: 3 })).initialize(1);
const inOnnxruntime = async (path: string): Promise<Float32Array> => {
  const session = await ort.InferenceSession.create(path);
  const results = await session.run({ [session.inputNames[0]!]: new ort.Tensor('float32', x, [2, 20]) });
  return results[session.outputNames[0]!]!.data as Float32Array;
};

test('external weights are read by onnxruntime and by Graft', async () => {
  const path = join(folder, 'model.onnx');
  await writeOnnx(path, model, { inputShape: [20], externalData: true });
  expect((await readdir(folder)).sort()).toEqual(['model.onnx', 'model.onnx.data']);
  expect((await stat(`${path}.data`)).size).toBe(20 * 16 * 4); // small tensors stay inside
  const wanted = model.forward(tensor(x, { shape: [2, 20] })).arraySync();
  expectClose(await inOnnxruntime(path), wanted, 1e-6);

  const again = importOnnx(await readOnnx(path));
  expectClose(again.forward(tensor(x, { shape: [2, 20] })).arraySync(), wanted, 1e-6);
  // Trained, and written once more to the same place.
  for (const weight of again.weights.values()) weight.value = mul(weight.value, 1.5);
  await writeOnnx(path, again, { externalData: true });
  expectClose(await inOnnxruntime(path), again.forward(tensor(x, { shape: [2, 20] })).arraySync(), 1e-6);
});

test('one file, and no file if the export fails', async () => {
  const path = join(folder, 'alone.onnx');
  await writeOnnx(path, model, { inputShape: [20] });
  expect(importOnnx(new Uint8Array(await readFile(path))).weights.size).toBe(4);
  await expect(writeOnnx(join(folder, 'bad.onnx'), model, { inputShape: [7] })).rejects.toThrow('20');
  expect((await readdir(folder)).filter((name) => name.includes('bad'))).toEqual([]);
});
