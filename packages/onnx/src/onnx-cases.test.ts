import { readFileSync } from 'node:fs';
import { createWasmBackend } from '@graft/backend-wasm';
import { describe, expect, test } from 'vitest';
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

test.each(['cumprod_2d_axis_1', 'cumprod_1d_reverse_exclusive', 'swiglu_alpha'])('gradients of %s', async (name) => {
  const { model, inputs } = cases[name]!;
  const given = { model: bytes(model), inputs: inputs.map(bytes) };
  expect(
    (await checkGradients(given, { flows: ({ opType }, input) => input === 0 || opType === 'SwiGLU', backend }))
      .excluded,
  ).toBeUndefined();
});
