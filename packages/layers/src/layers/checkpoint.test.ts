import { add, mul, Random, scope, square, sum, tensor, type Tensor, valueAndGrad } from '@graft/tensor';
import { unfreedTensors } from '@graft/tensor/testing';
import { expect, test } from 'vitest';
import {
  BatchNorm2d,
  Checkpoint,
  Conv2d,
  Dropout,
  Module,
  ReLU,
  Sequential,
  TrainingRun,
  weightsOf,
} from '../index.ts';

const block = (channels: number): Sequential =>
  new Sequential(
    new Conv2d({ in: channels, out: channels, kernel: 3, padding: 1 }),
    new BatchNorm2d({ features: channels }),
    new ReLU(),
    new Dropout({ probability: 0.3 }),
  );
const network = (wrap: (module: Module) => Module): Sequential =>
  new Sequential(
    new Conv2d({ in: 2, out: 3, kernel: 1 }),
    wrap(block(3)),
    wrap(block(3)),
    new Conv2d({ in: 3, out: 1, kernel: 1 }),
  ).initialize(4);

/** Loss, gradients, weights and statistics after one pass, and the most tensors that lived while the loss was made. */
async function pass(model: Sequential): Promise<{ numbers: number[][]; weights: unknown; held: number }> {
  const random = new Random(2);
  const parameters = [...model.parameters()].map(([, parameter]) => parameter).filter(({ trainable }) => trainable);
  const run = new TrainingRun(new Random(9));
  let held = 0;
  const numbers = scope(() => {
    const x = tensor(
      Float32Array.from({ length: 2 * 2 * 36 }, () => random.normal()),
      { shape: [2, 2, 6, 6] },
    );
    const before = unfreedTensors();
    const { value, grads } = valueAndGrad(() => {
      const loss = scope(() => sum(square(model.forward(x, run))));
      held = unfreedTensors() - before;
      return loss;
    }, [...parameters, x]);
    return [value, ...grads].map((tensor) => tensor.numbers());
  });
  run.commit();
  return { numbers, weights: await weightsOf(model), held };
}

test('loss, gradients, dropout and statistics are the same, bit for bit, and less is held', async () => {
  const plain = await pass(network((module) => module));
  const saving = await pass(network((module) => new Checkpoint(module)));
  expect(saving.numbers).toEqual(plain.numbers);
  expect(saving.weights).toEqual(plain.weights);
  expect(saving.held).toBeLessThan(plain.held);
});
test('parameters keep their names and first values', () => {
  const names = (model: Module): string[] => [...model.parameters()].map(([path]) => path);
  expect(names(network((module) => new Checkpoint(module)))).toEqual(names(network((module) => module)));
});
test('no tensors leak', async () => {
  await pass(network((module) => new Checkpoint(module)));
  const before = unfreedTensors();
  const model = network((module) => new Checkpoint(module));
  await pass(model);
  model.dispose();
  expect(unfreedTensors()).toBe(before);
});
test('gradients of gradients pass through', () => {
  class Cube extends Module {
    override forward(x: Tensor): Tensor {
      return mul(square(x), x);
    }
  }
  const run = new TrainingRun(new Random(0));
  const second = scope(() => {
    const x = tensor([3]);
    const slope = (): Tensor =>
      valueAndGrad(() => sum(add(new Checkpoint(new Cube()).forward(x, run), 1)), [x]).grads[0]!;
    return valueAndGrad(() => sum(slope()), [x]).grads[0]!.numbers();
  });
  expect(second).toEqual([18]);
});
