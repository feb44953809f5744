import { readFileSync } from 'node:fs';
import { createWasmBackend } from '@graft/backend-wasm';
import { describe, expect, test } from 'vitest';
import { expectClose, runInOnnxruntime } from '../test/onnxruntime.ts';
import { exportOnnx } from './export-onnx.ts';
import { importOnnx } from './import-onnx.ts';
import { readModel } from './proto/read-model.ts';
import { valueOf } from './suite/check-case.ts';
import { checkCase, checkGradients } from './suite/index.ts';

const { cases } = JSON.parse(readFileSync(new URL('../test/onnx-cases.golden.json', import.meta.url), 'utf8')) as {
  readonly cases: Readonly<
    Record<string, { readonly model: string; readonly inputs: readonly string[]; readonly outputs: readonly string[] }>
  >;
};
const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'base64'));
const backend = await createWasmBackend();

describe("cases of ONNX's own suite for newer operators", () => {
  test.each(Object.keys(cases))('%s', async (name) => {
    const { model, inputs, outputs } = cases[name]!;
    const given = { model: bytes(model), inputs: inputs.map(bytes), outputs: outputs.map(bytes) };
    await expect(checkCase(given)).resolves.toBeUndefined();
    await expect(checkCase(given, { backend })).resolves.toBeUndefined();
  });
});

/** Inputs with a derivative, where it is not only the first. */
const differentiable: Readonly<Record<string, readonly number[]>> = {
  SwiGLU: [0, 1, 2],
  Attention: [0, 1, 2, 3, 4, 5],
  FlexAttention: [0, 1, 2],
  LinearAttention: [0, 1, 2, 3, 4, 5],
  CausalConvWithState: [0, 1, 2, 3],
};

test.each([
  'cumprod_2d_axis_1',
  'cumprod_1d_reverse_exclusive',
  'swiglu_alpha',
  ...Object.keys(cases).filter(
    (name) => /^(linear_attention|causal_conv|flexattention|attention)/.test(name) && !name.endsWith('16'),
  ),
])('gradients of %s', { timeout: 20_000 }, async (name) => {
  const { model, inputs } = cases[name]!;
  const given = { model: bytes(model), inputs: inputs.map(bytes) };
  const flows = ({ opType }: { readonly opType: string }, input: number): boolean =>
    (differentiable[opType] ?? [0]).includes(input);
  expect((await checkGradients(given, { flows, backend })).excluded).toBeUndefined();
});

test.each(
  Object.keys(cases).filter(
    (name) =>
      /^(linear_attention|causal_conv|flexattention|attention_(local|3d|bidirectional))/.test(name) &&
      !/16$|ext_cache/.test(name),
  ),
)('%s, exported in operator set 17, computes the same in onnxruntime', async (name) => {
  const { model, inputs, outputs } = cases[name]!;
  const file = readModel(bytes(model));
  const given = Object.fromEntries(
    file.inputs.map((port, i) => {
      const value = valueOf(bytes(inputs[i]!), port, 'Input');
      return [port.name, { shape: value.shape, dtype: value.dtype, data: value.arraySync() }];
    }),
  );
  // A graph that is rewritten has its first output alone.
  const [got] = Object.values(await runInOnnxruntime(await exportOnnx(importOnnx(file), { opset: 17 }), given));
  expectClose(got!.data, valueOf(bytes(outputs[0]!), file.outputs[0]!, 'Output').arraySync(), 1e-4);
});
