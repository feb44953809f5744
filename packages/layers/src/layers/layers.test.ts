import { Parameter, Random, scope, sum, tensor, valueAndGrad, square } from '@graft/tensor';
import { checkGradient, expectClose, unfreedTensors } from '@graft/tensor/testing';
import { expect, test } from 'vitest';
import {
  BatchNorm2d,
  Conv2d,
  Dropout,
  Flatten,
  GlobalAvgPool,
  Linear,
  MaxPool2d,
  ReLU,
  Sequential,
  TrainingRun,
} from '../index.ts';

const image = (n: number, c: number, size: number): ReturnType<typeof tensor> => {
  const random = new Random(4);
  return tensor(
    Float32Array.from({ length: n * c * size * size }, () => random.normal()),
    { shape: [n, c, size, size] },
  );
};
const cnn = (): Sequential =>
  new Sequential(
    new Conv2d({ in: 3, out: 8, kernel: 3, padding: 1, bias: false }),
    new BatchNorm2d({ features: 8 }),
    new ReLU(),
    new MaxPool2d({ kernel: 2 }),
    new GlobalAvgPool(),
    new Flatten(),
    new Dropout({ probability: 0.2 }),
    new Linear({ in: 8, out: 5 }),
  );

test('parameters have PyTorch’s names', () =>
  expect([...cnn().parameters()].map(([path, { kind }]) => `${path} ${kind}`)).toEqual([
    '0.weight weight',
    '1.weight weight',
    '1.bias weight',
    '1.running_mean buffer',
    '1.running_var buffer',
    '7.weight weight',
    '7.bias weight',
  ]));
test('a shared parameter is found once', () => {
  const linear = new Linear({ in: 2, out: 2 });
  expect([...new Sequential(linear, new ReLU(), linear).parameters()].length).toBe(2);
});
test('the same seed gives the same weights, a different one different weights', () => {
  const first = (seed: number): number[] => [...cnn().initialize(seed).parameters()][0]![1].value.numbers();
  expect(first(3)).toEqual(first(3));
  expect(first(3)).not.toEqual(first(4));
});
test('batch norm: batch statistics in training, running ones in inference, combined as in PyTorch', () => {
  const norm = new BatchNorm2d({ features: 1 });
  const x = tensor([1, 3, 5, 7], { shape: [4, 1, 1, 1] });
  const run = new TrainingRun(new Random(0));
  // torch.nn.BatchNorm2d(1)(torch.tensor([1., 3., 5., 7.]).view(4, 1, 1, 1)), running_mean, running_var (PyTorch 1.13)
  expectClose(norm.forward(x, run).numbers(), [-1.3416395, -0.4472132, 0.4472132, 1.3416395], 1e-6);
  expect(norm.running_mean!.value.item()).toBe(0);
  run.commit();
  expectClose([norm.running_mean!.value.item(), norm.running_var!.value.item()], [0.4, 1.5666667], 1e-6);
  expectClose(norm.forward(x).numbers(), [0.479357, 2.077215, 3.6750739, 5.2729321], 1e-5);
});
test('a frozen batch norm uses its running statistics in training and changes nothing', () => {
  const norm = new BatchNorm2d({ features: 3 }).freeze() as BatchNorm2d;
  const run = new TrainingRun(new Random(0));
  const x = image(2, 3, 4);
  expect(norm.forward(x, run).numbers()).toEqual(norm.forward(x).numbers());
  run.commit();
  expect(norm.running_mean!.value.numbers()).toEqual([0, 0, 0]);
});
test('the gradient of batch norm in training accounts for the statistics', () => {
  const norm = new BatchNorm2d({ features: 2 });
  for (const [, parameter] of norm.parameters())
    parameter.value = tensor(
      parameter.value.numbers().map((v) => v + 0.3),
      { dtype: 'float64', shape: parameter.value.shape },
    );
  const x = tensor(
    Float64Array.from({ length: 16 }, (_, i) => Math.sin(i * i)),
    { shape: [2, 2, 2, 2] },
  );
  checkGradient(
    (x, w, b) => {
      norm.weight!.value = w;
      norm.bias!.value = b;
      return norm.forward(x, new TrainingRun(new Random(0)));
    },
    [x, tensor([1.2, -0.7], { dtype: 'float64' }), tensor([0.1, 0.4], { dtype: 'float64' })],
  );
});
test('dropout is active only in training, with the same elements for the same key', () => {
  const layer = new Dropout({ probability: 0.5 });
  const x = tensor(new Float32Array(64).fill(1));
  const training = (): number[] => layer.forward(x, new TrainingRun(new Random(1))).numbers();
  expect(layer.forward(x).numbers()).toEqual(x.numbers());
  expect(training()).toEqual(training());
  expect(new Set(training())).toEqual(new Set([0, 2]));
});
test('a clone has its own parameters', () => {
  const model = cnn();
  const twin = model.clone();
  expect(twin.forward(image(2, 3, 8)).numbers()).toEqual(model.forward(image(2, 3, 8)).numbers());
  const [, weight] = [...twin.parameters()][0]!;
  weight.value = tensor(new Float32Array(weight.value.size), { shape: weight.value.shape });
  expect([...model.parameters()][0]![1].value.numbers().every((v) => v === 0)).toBe(false);
});
test('a training step leaks no tensors', () => {
  const model = cnn().initialize(1);
  const parameters = [...model.parameters()].map(([, p]) => p).filter((p) => p.trainable);
  const x = image(4, 3, 8);
  const step = (): void =>
    scope(() => {
      const run = new TrainingRun(new Random(2));
      void valueAndGrad(() => sum(square(model.forward(x, run))), parameters);
      run.commit();
    });
  step();
  const before = unfreedTensors();
  for (let i = 0; i < 5; i++) step();
  expect(unfreedTensors()).toBe(before);
});
test('freeze by path', () => {
  const model = cnn().freeze((path) => !path.startsWith('7.'));
  expect([...model.parameters()].filter(([, p]) => p.trainable).map(([path]) => path)).toEqual(['7.weight', '7.bias']);
  expect(model.layerGroups().map(({ name }) => name)).toEqual(['0', '1', '7']);
});
test('wrong shapes name the layer', () => {
  const model = cnn();
  void [...model.parameters()];
  expect(() => model.forward(image(1, 1, 8))).toThrow(
    'Conv2d "0" expects [batch, 3, height, width], got [1, 1, 8, 8].',
  );
  expect(() => new Linear({ in: 3, out: 1 }).forward(tensor([[1, 2]]))).toThrow('expects 3 features, got [1, 2]');
  expect(new Parameter(tensor([1])).trainable).toBe(true);
});
