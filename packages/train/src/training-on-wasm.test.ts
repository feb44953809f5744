import { createWasmBackend } from '@graft/backend-wasm';
import {
  BatchNorm2d,
  Conv2d,
  crossEntropy,
  Dropout,
  Flatten,
  Linear,
  MaxPool2d,
  ReLU,
  Sequential,
  weightsOf,
} from '@graft/layers';
import { adamW, Optimizer } from '@graft/optimizers';
import { type AnyBackend, Random, scope, type Tensor, tensor } from '@graft/tensor';
import { unfreedTensors } from '@graft/tensor/testing';
import { afterAll, expect, test } from 'vitest';
import { trainStep } from './index.ts';

const backends = await Promise.all([1, 2, 3].map((threads) => createWasmBackend({ threads, leastWork: 0 })));
afterAll(async () => {
  for (const backend of backends) await backend.dispose?.();
});

const network = (): Sequential =>
  new Sequential(
    new Conv2d({ in: 3, out: 12, kernel: 3, padding: 1 }),
    new BatchNorm2d({ features: 12 }),
    new ReLU(),
    new MaxPool2d({ kernel: 2 }),
    new Conv2d({ in: 12, out: 12, kernel: 3, padding: 1, groups: 12 }),
    new Conv2d({ in: 12, out: 20, kernel: 1 }),
    new ReLU(),
    new Flatten(),
    new Dropout({ probability: 0.2 }),
    new Linear({ in: 720, out: 5 }),
  ).initialize(11);

/** A model on a backend, and a function that runs one training step. */
async function training(backend: AnyBackend): Promise<{ model: Sequential; step: () => void }> {
  const model = await network().to(backend);
  const optimizer = new Optimizer(
    [...model.parameters()].map(([, parameter]) => parameter),
    adamW({ learningRate: 1e-3 }),
  );
  const random = new Random(3);
  const images = Float32Array.from({ length: 8 * 3 * 12 * 12 }, () => random.normal());
  const batch = (): [Tensor, Tensor] => [
    tensor(images, { shape: [8, 3, 12, 12], backend }),
    tensor(
      Int32Array.from({ length: 8 }, (_, i) => i % 5),
      { backend },
    ),
  ];
  return {
    model,
    step: () =>
      scope(
        () =>
          void trainStep({ model, loss: crossEntropy(), optimizer, random: random.fork(optimizer.steps) }, ...batch()),
      ),
  };
}

test('weights are bit-identical with one, two and three threads', async () => {
  const [one, two, three] = await Promise.all(
    backends.map(async (backend) => {
      const { model, step } = await training(backend);
      for (let i = 0; i < 12; i++) step();
      return weightsOf(model);
    }),
  );
  expect(two).toEqual(one);
  expect(three).toEqual(one);
});
test('2,000 steps keep the backend’s memory, tensors and resident size flat', async () => {
  const backend: AnyBackend = backends[0]!;
  const { step } = await training(backend);
  for (let i = 0; i < 200; i++) step();
  const before = { tensors: unfreedTensors(), ...backend.memory!() };
  const resident = process.memoryUsage().rss;
  for (let i = 0; i < 2000; i++) step();
  expect({ tensors: unfreedTensors(), ...backend.memory!() }).toEqual(before);
  expect((process.memoryUsage().rss - resident) / 2 ** 20).toBeLessThan(40); // MiB: variation due to garbage collection
}, 60_000);
