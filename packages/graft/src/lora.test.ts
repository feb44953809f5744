import { readFileSync } from 'node:fs';
import { Conv2d, crossEntropy, Flatten, GlobalAvgPool, Linear, ReLU, Sequential } from '@graft/layers';
import { exportOnnx, importOnnx } from '@graft/onnx';
import { adam, Optimizer } from '@graft/optimizers';
import { Random, scope, tensor } from '@graft/tensor';
import { trainStep } from '@graft/train';
import { changedSince, frozenDigests, lora, TransferModel } from '@graft/transfer';
import { expect, test } from 'vitest';

const random = new Random(1);
const numbers = (...shape: number[]) =>
  tensor(
    Float32Array.from({ length: shape.reduce((a, b) => a * b) }, () => random.normal()),
    { shape },
  );

test('adapters on an imported network are trained, merged and exported', async () => {
  const network = new Sequential(
    new Conv2d({ in: 3, out: 12, kernel: 3 }),
    new ReLU(),
    new Conv2d({ in: 12, out: 16, kernel: 1 }),
    new ReLU(),
    new GlobalAvgPool(),
    new Flatten(),
    new Linear({ in: 16, out: 10 }),
  );
  const adapted = lora(importOnnx(await exportOnnx(network.initialize(1), { inputShape: [3, 8, 8] })), { rank: 2 });
  expect(adapted.adapters.size).toBe(2); // the 1×1 convolution and the linear layer
  const model = new TransferModel(adapted, new Linear({ in: 10, out: 2 }).initialize(2));
  const frozen = await frozenDigests(model);
  const [x, y] = [numbers(8, 3, 8, 8), tensor(Int32Array.from({ length: 8 }, (_, i) => i % 2))];
  const optimizer = new Optimizer(model, adam({ learningRate: 0.02 }));
  const losses = Array.from({ length: 60 }, () =>
    scope(() => trainStep({ model, loss: crossEntropy(), optimizer, random: new Random(0) }, x, y).item()),
  );
  expect(losses.at(-1)).toBeLessThan(0.3 * losses[0]!);
  expect(await changedSince(model, frozen)).toEqual([]);
  const outputs = model.forward(x).numbers();
  const unmerged = importOnnx(await exportOnnx(model, { inputShape: [3, 8, 8] }));
  const merged = new TransferModel(adapted.merge(), model.head);
  const again = importOnnx(await exportOnnx(merged, { inputShape: [3, 8, 8] }));
  for (const other of [unmerged, merged, again])
    other
      .forward(x)
      .numbers()
      .forEach((value, i) => expect(value).toBeCloseTo(outputs[i]!, 4));
});
test("a transformer's projections are adapted, in either orientation", () => {
  const encoder = importOnnx(
    new Uint8Array(readFileSync(new URL('../../onnx/test/networks/sentence-bert.onnx', import.meta.url))),
  );
  const { adapters } = lora(encoder, { rank: 2 });
  expect(adapters.size).toBeGreaterThan(6);
  const shapes = new Map([...encoder.parameters()].map(([path, { value }]) => [path, value.shape]));
  for (const [path, { up, down }] of adapters)
    expect({ path, shape: [up.value.shape[0], down.value.shape[1]] }).toEqual({ path, shape: shapes.get(path) });
});
