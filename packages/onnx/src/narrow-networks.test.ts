import { createWasmBackend } from '@graft/backend-wasm';
import { compile, Linear, Sequential, type Module } from '@graft/layers';
import { type HostArray, tensor, toArray, toNumbers } from '@graft/tensor';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { expectClose, runInOnnxruntime } from '../test/onnxruntime.ts';
import { exportOnnx, findCut, importOnnx, readModel } from './index.ts';

const folder = new URL('../test/networks/', import.meta.url);
const backend = await createWasmBackend();
const shape = [3, 3, 16, 16];
const image: HostArray = {
  shape,
  dtype: 'float32',
  data: Float32Array.from({ length: 3 * 3 * 16 * 16 }, (_, i) => Math.sin(i * 0.7 + 0.3)),
};
/** onnxruntime's scores, for an image in the type that the file takes. */
async function expected(bytes: Uint8Array): Promise<HostArray> {
  const isHalf = readModel(bytes).inputs[0]!.dtype === 'float16';
  const data = isHalf ? toArray(image.data as Float32Array, 'float16') : image.data;
  return Object.values(
    await runInOnnxruntime(bytes, { image: { ...image, dtype: isHalf ? 'float16' : 'float32', data } }),
  )[0]!;
}

/** Differences relative to the largest score. Integers round to steps, and a step is seldom another one. */
const tolerances: Readonly<Record<string, number>> = {
  float16: 1e-2,
  half: 1e-2,
  dynamic: 1e-3,
  qdq: 2e-2,
  qoperator: 2e-2,
};

describe.each(['cnn', 'transformer'].flatMap((name) => Object.keys(tolerances).map((form) => [name, form] as const)))(
  '%s in %s, as tools write it (tools/golden/narrow_networks.py)',
  (name, form) => {
    const bytes = new Uint8Array(readFileSync(new URL(`${name}-${form}.onnx`, folder)));
    const input = (): ReturnType<typeof tensor> => tensor(image.data, { shape, backend });

    test('computes what onnxruntime does, on wasm, compiled and not', async () => {
      const model = await importOnnx(bytes).to(backend);
      const scores = await expected(bytes);
      const wanted = toNumbers(scores.data, scores.dtype);
      const compiled = compile(model as unknown as Module);
      expectClose(model.forward(input()).numbers(), wanted, tolerances[form]!);
      expectClose(compiled.forward(input()).numbers(), wanted, tolerances[form]!);
    });

    test('is cut where its head was, and exported with a new one', async () => {
      const { value, kind, kept } = findCut(readModel(bytes), { inputShapes: { image: shape } });
      expect(kept).toBeGreaterThan(0.99); // without the bias of the head
      expect(kind).toBe('vector');
      const cut = importOnnx(bytes, { outputs: [value] }) as unknown as Module;
      const model = new Sequential(cut, new Linear({ in: 16, out: 4 })).initialize(1);
      const written = await exportOnnx(model);
      const file = readModel(written);
      expect(file.inputs).toEqual(readModel(bytes).inputs);
      expect(file.outputs[0]!.dtype).toBe(readModel(bytes).outputs[0]!.dtype);
      const scores = await expected(written);
      const own = model.forward(tensor(image.data, { shape })).numbers();
      expectClose(own, toNumbers(scores.data, scores.dtype), tolerances[form]!);
    });
  },
);
