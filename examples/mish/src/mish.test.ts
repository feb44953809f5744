import { createWasmBackend } from '@graft/backend-wasm';
import { arrayDataset, type Labelled, Loader, vectorBatch } from '@graft/data';
import { crossEntropy, layer, layersPlugin, Linear, Sequential } from '@graft/layers';
import { adam, Optimizer } from '@graft/optimizers';
import { createApp } from '@graft/plugin';
import { tensorPlugin } from '@graft/tensor';
import { describeOp } from '@graft/tensor/testing';
import { callback, fit, trainPlugin } from '@graft/train';
import { expect, test } from 'vitest';
import plugin, { Mish } from './index.ts';

describeOp(Mish, [{ inputs: [{ shape: [2, 3] }] }]);
describeOp(Mish, [{ inputs: [{ shape: [2, 3] }] }], await createWasmBackend());

test('a network is trained with the layer and the callback by name', async () => {
  const app = await createApp([tensorPlugin, layersPlugin, trainPlugin, plugin]);
  const model = new Sequential(
    new Linear({ in: 2, out: 16 }),
    app.get(layer, 'fusedMish').create(),
    new Linear({ in: 16, out: 2 }),
  ).initialize(1);
  const samples: Labelled<number[]>[] = Array.from({ length: 64 }, (_, i) => ({
    input: [Math.cos(i), Math.sin(i)],
    label: Number(Math.cos(i) * Math.sin(i) > 0),
  }));
  const data = new Loader(arrayDataset(samples), { batchSize: 16, collate: vectorBatch(), shuffle: true });
  const optimizer = new Optimizer(model, adam({ learningRate: 0.03 }));
  const { stopped } = await fit({
    model,
    loss: crossEntropy(),
    optimizer,
    data,
    epochs: 200,
    callbacks: [app.get(callback, 'targetLoss').create({ loss: 0.1 })],
  });
  expect(stopped).toBe('the loss is 0.1 or less');
});
