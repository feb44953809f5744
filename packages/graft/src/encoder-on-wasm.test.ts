import { readFileSync } from 'node:fs';
import { createWasmBackend } from '@graft/backend-wasm';
import { compile, crossEntropy, Linear } from '@graft/layers';
import { importOnnx } from '@graft/onnx';
import { adam, Optimizer } from '@graft/optimizers';
import { type AnyBackend, js, Random } from '@graft/tensor';
import { backendOf, prepareBatch, trainStep } from '@graft/train';
import { lora, TransferModel } from '@graft/transfer';
import { expect, test } from 'vitest';

const shape = [3, 7];
const integers = (of: (i: number) => number): { shape: number[]; dtype: 'int64'; data: BigInt64Array } => ({
  shape,
  dtype: 'int64',
  data: BigInt64Array.from({ length: 21 }, (_, i) => BigInt(of(i))),
});
/** Texts of seven tokens, the last two of them padding. */
const batch = {
  inputs: {
    input_ids: integers((i) => 1 + i),
    attention_mask: integers((i) => Number(i % 7 < 5)),
    token_type_ids: integers(() => 0),
  },
  labels: Int32Array.of(0, 1, 1),
  indices: [0, 1, 2],
};
/** Losses of three training steps of an imported encoder with a head, then its outputs, eager and compiled. */
const steps = async (
  backend: AnyBackend,
  adapted: boolean,
): Promise<Record<'losses' | 'eager' | 'compiled', readonly number[]>> => {
  const bytes = readFileSync(new URL('../../onnx/test/networks/sentence-bert.onnx', import.meta.url));
  const encoder = importOnnx(new Uint8Array(bytes));
  const head = new Linear({ in: 16, out: 2 }).initialize(1);
  const model = await new TransferModel(adapted ? lora(encoder, { rank: 2 }) : encoder, head).to(backend);
  const { input, target } = prepareBatch(batch, backendOf(model));
  const optimizer = new Optimizer(model, adam({ learningRate: 0.01 }));
  const losses = [0, 1, 2].map((step) =>
    trainStep({ model, loss: crossEntropy(), optimizer, random: new Random(step) }, input, target).item(),
  );
  return { losses, eager: model.forward(input).numbers(), compiled: compile(model).forward(input).numbers() };
};

test.each([
  ['all weights', false],
  ['LoRA adapters', true],
])(
  'an encoder with named integer inputs trains the same on the wasm backend as on the host: %s',
  async (_, adapted) => {
    const [host, wasm] = [await steps(js, adapted), await steps(await createWasmBackend(), adapted)];
    expect(host.losses[2]).toBeLessThan(host.losses[0]! - 0.02);
    for (const one of [host, wasm]) {
      for (const [i, loss] of one.losses.entries()) expect(loss).toBeCloseTo(host.losses[i]!, 4);
      for (const [i, value] of host.eager.entries()) {
        expect(one.eager[i]).toBeCloseTo(value, 3);
        expect(one.compiled[i]).toBeCloseTo(value, 3);
      }
    }
  },
);
