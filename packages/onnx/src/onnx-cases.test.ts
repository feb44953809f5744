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
