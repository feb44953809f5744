// @ts-check
// The network and the data of tools/golden/parity.py, trained with Graft from the same weights on the same batches.
import {
  AdaptiveAvgPool2d,
  BatchNorm2d,
  Conv2d,
  crossEntropy,
  Flatten,
  Linear,
  loadWeights,
  MaxPool2d,
  ReLU,
  Sequential,
} from '@graft/layers';
import { adam, Optimizer, sgd } from '@graft/optimizers';
import { Random, scope, tensor } from '@graft/tensor';
import { trainStep } from '@graft/train';
import { readFileSync } from 'node:fs';

/** @typedef {'sgd' | 'adam'} Name */
/** @typedef {{ losses: number[], spread: number }} Run `spread`: relative difference of PyTorch's float64, or of a batch in another order, from `losses` */

/** @type {{ weights: Record<string, { shape: number[], values: number[] }>, runs: Record<Name, Run> }} */
export const golden = JSON.parse(readFileSync(new URL('./parity.golden.json', import.meta.url), 'utf8'));

const [batchSize, size, classes] = [16, 8, 4];
const optimizers = {
  sgd: () => sgd({ learningRate: 0.05, momentum: 0.9, weightDecay: 1e-3 }),
  adam: () => adam({ learningRate: 0.01 }),
};

/** The loss of each step. @param {import('@graft/tensor').AnyBackend} backend @param {Name} name @returns {Promise<number[]>} */
export async function parityRun(backend, name) {
  const model = await network().to(backend);
  const optimizer = new Optimizer(model, optimizers[name]());
  const random = new Random(0); // unused
  const losses = golden.runs[name].losses.map((_, step) =>
    scope(() => {
      const { images, labels } = batch(step);
      const [input, target] = [
        tensor(images, { shape: [batchSize, 1, size, size], backend }),
        tensor(labels, { backend }),
      ];
      return trainStep({ model, loss: crossEntropy(), optimizer, random }, input, target).item();
    }),
  );
  optimizer.dispose();
  model.dispose();
  return losses;
}

/** Relative differences from PyTorch's losses. @param {Name} name @param {readonly number[]} losses */
export const differences = (name, losses) =>
  golden.runs[name].losses.map((loss, step) => Math.abs((losses[step] ?? Number.NaN) - loss) / loss);

function network() {
  const model = new Sequential(
    new Conv2d({ in: 1, out: 6, kernel: 3, padding: 1, bias: false }),
    new BatchNorm2d({ features: 6 }),
    new ReLU(),
    new MaxPool2d({ kernel: 2 }),
    new Conv2d({ in: 6, out: 12, kernel: 3, padding: 1, bias: false }),
    new BatchNorm2d({ features: 12 }),
    new ReLU(),
    new AdaptiveAvgPool2d({ size: 1 }),
    new Flatten(),
    new Linear({ in: 12, out: classes }),
  );
  loadWeights(
    model,
    new Map(
      Object.entries(golden.weights).map(([path, { shape, values }]) => [
        path,
        { shape, dtype: 'float32', data: Float32Array.from(values) },
      ]),
    ),
  );
  return model;
}

/** From -1 to 1; every intermediate number is an integer below 2^53. @param {number} i */
function noise(i) {
  let x = i;
  for (let round = 0; round < 4; round++) x = (x * x + x + 12345) % 67108859;
  return x / 33554429 - 1;
}

const directions = [
  [1, 0],
  [0, 1],
  [1, 1],
  [2, 1],
];

/** Classes are stripes in four directions, with stronger noise. @param {number} step */
function batch(step) {
  const labels = Int32Array.from({ length: batchSize }, (_, b) => (step * 7 + b) % classes);
  const images = Float32Array.from({ length: batchSize * size * size }, (_, i) => {
    const [b, y, x] = [Math.floor(i / size ** 2), Math.floor(i / size) % size, i % size];
    const c = /** @type {number} */ (labels[b]);
    const [down, across] = /** @type {[number, number]} */ (directions[c]);
    const stripe = (y * down + x * across) % 4;
    return 0.5 * ((stripe - 1.5) / 1.5) + 1.2 * noise(step * batchSize * size ** 2 + i);
  });
  return { images, labels };
}
