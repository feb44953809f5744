import { Checkpoint, Conv2d, crossEntropy, Flatten, Linear, ReLU, Sequential } from '@graft/layers';
import { matmul, Random, scope, tensor, valueAndGrad } from '@graft/tensor';
import { accuracy } from '@graft/train';
import { expect, test } from 'vitest';
import { toyLoader } from '../test/toy.ts';
import { checkFrozen, lora, type LoraModule, trainHead, trainUnfrozen, TransferModel } from './index.ts';

const mlp = () =>
  new Sequential(new Linear({ in: 6, out: 5 }), new ReLU(), new Linear({ in: 5, out: 4 })).initialize(1);
const random = new Random(3);
const numbers = (...shape: number[]) =>
  tensor(
    Float32Array.from({ length: shape.reduce((a, b) => a * b) }, () => random.normal()),
    { shape },
  );
const x = numbers(7, 6);

test('adds α/r · up · down, which is 0 at first, and does not change the base weights', () => {
  const base = mlp();
  const before = base.forward(x).numbers();
  const weights = [...base.parameters()].map(([, { value }]) => value.numbers());
  const model = lora(base, { rank: 2, alpha: 6 });
  expect(model.forward(x).numbers()).toEqual(before);
  const { up, down } = model.adapters.get('0.weight')!;
  up.take(numbers(5, 2));
  const hidden = (weight: number[], bias: number[]) => (row: number, out: number) =>
    weight.slice(6 * out, 6 * out + 6).reduce((sum, w, i) => sum + w * x.numbers()[6 * row + i]!, bias[out]!);
  const [w, bias, w2, bias2] = weights as [number[], number[], number[], number[]];
  const product = matmul(up.value, down.value).numbers();
  const first = hidden(
    w.map((value, i) => value + 3 * product[i]!),
    bias,
  );
  const expected = Array.from({ length: 28 }, (_, i) =>
    w2
      .slice(5 * (i % 4), 5 * (i % 4) + 5)
      .reduce((sum, v, k) => sum + v * Math.max(0, first(Math.floor(i / 4), k)), bias2[i % 4]!),
  );
  model
    .forward(x)
    .numbers()
    .forEach((value, i) => expect(value).toBeCloseTo(expected[i]!, 5));
  expect([...base.parameters()].map(([, { value }]) => value.numbers())).toEqual(weights);
});
test('gradients match finite differences, and only adapters are trainable', () => {
  const model = lora(mlp(), { rank: 2 });
  for (const { up } of model.adapters.values()) up.take(numbers(...up.value.shape));
  const target = tensor(Int32Array.of(0, 1, 2, 3, 0, 1, 2));
  const parameters = [...model.parameters()].map(([, parameter]) => parameter).filter(({ trainable }) => trainable);
  expect([...model.parameters()].filter(([, { trainable }]) => trainable).map(([path]) => path)).toEqual([
    'adapters.0.weight.up',
    'adapters.0.weight.down',
    'adapters.2.weight.up',
    'adapters.2.weight.down',
  ]);
  const loss = () => crossEntropy()(model.forward(x), target);
  const { grads } = valueAndGrad(loss, parameters);
  for (const [k, parameter] of parameters.entries()) {
    const values = Float32Array.from(parameter.value.numbers());
    const [step, at] = [1e-2, 3];
    const moved = (by: number): number => {
      const other = values.slice();
      other[at]! += by;
      parameter.take(tensor(other, { shape: parameter.value.shape }));
      return scope(() => loss().item());
    };
    const difference = (moved(step) - moved(-step)) / (2 * step);
    parameter.take(tensor(values, { shape: parameter.value.shape }));
    expect(grads[k]!.numbers()[at]).toBeCloseTo(difference, 3);
  }
});

const images = () =>
  new Sequential(
    new Flatten(),
    new Linear({ in: 64, out: 16 }),
    new ReLU(),
    new Linear({ in: 16, out: 12 }),
    new ReLU(),
  ).initialize(4);
test('an adapted backbone learns without changing its base weights, and merge keeps its outputs', async () => {
  const model = new TransferModel(lora(images(), { rank: 4 }), new Linear({ in: 12, out: 2 }).initialize(0));
  const [training, validation] = [toyLoader({ shuffle: true }), toyLoader({ seed: 2 })];
  const alone = await trainHead(model, training, { epochs: 3, validation });
  const log = await trainUnfrozen(model, training, {
    epochs: 20,
    learningRate: 3e-2,
    firstGroupRate: 1,
    validation,
    metrics: [accuracy()],
    callbacks: [checkFrozen()],
  });
  expect(log.at(-1)!['validationAccuracy']).toBe(1);
  expect(log.at(-1)!['validationLoss']).toBeLessThan(0.5 * alone.at(-1)!['validationLoss']!);
  const picture = numbers(3, 1, 8, 8);
  const answers = model.forward(picture).numbers();
  const [adapted, merged] = [model.backbone as LoraModule, (model.backbone as LoraModule).merge()];
  expect(adapted.base).toBe(merged);
  expect([...merged.parameters()].map(([path]) => path)).toEqual([...images().parameters()].map(([path]) => path));
  new TransferModel(merged, model.head)
    .forward(picture)
    .numbers()
    .forEach((value, i) => expect(value).toBeCloseTo(answers[i]!, 5));
});
test('the same seed gives the same adapters, and each adapter differs', () => {
  const down = (seed: number): number[][] =>
    [...lora(images(), { rank: 4, seed }).adapters.values()].map((adapter) =>
      adapter.down.value.numbers().slice(0, 16),
    );
  expect(down(1)).toEqual(down(1));
  expect(down(1)[0]).not.toEqual(down(2)[0]);
  expect(down(1)[0]).not.toEqual(down(1)[1]);
});
test('adapts 1×1 convolutions, skips other weights, and rejects invalid options', () => {
  const convolutions = () =>
    new Sequential(new Conv2d({ in: 8, out: 8, kernel: 3 }), new Conv2d({ in: 8, out: 8, kernel: 1 })).initialize(1);
  expect([...lora(convolutions(), { rank: 2 }).adapters.keys()]).toEqual(['1.weight']);
  expect(lora(convolutions(), { rank: 2 }).forward(numbers(1, 8, 3, 3)).shape).toEqual([1, 8, 1, 1]);
  expect(() => lora(convolutions(), { which: { names: ['0.weight'] } })).toThrow(
    'lora can only adapt weights of linear layers and 1×1 convolutions, but "0.weight" is [8, 8, 3, 3] of float32. Exclude it from "which".',
  );
  expect(() => lora(convolutions(), { rank: 8 })).toThrow(
    'lora found no weight of a linear layer or 1×1 convolution that is larger than rank 8. Use a smaller rank, or train the model itself.',
  );
  expect(() => lora(mlp(), { rank: 0.5 })).toThrow('lora expects rank to be an integer of 1 or more, got 0.5.');
  expect(() => lora(mlp(), { rank: 2, alpha: Number.NaN })).toThrow(
    'lora expects alpha to be a number above 0, got NaN.',
  );
  expect(() => lora(new Sequential(new Checkpoint(mlp())), { rank: 2 })).toThrow(
    'Wrap the result of lora() in a Checkpoint instead.',
  );
});
test('restores the base weights if the forward pass fails', () => {
  const base = mlp();
  const before = [...base.parameters()].map(([, { value }]) => value);
  const model = lora(base, { rank: 2 });
  expect(() => model.forward(numbers(2, 5))).toThrow('expects');
  expect(model.clone().forward(x).numbers()).toEqual(model.forward(x).numbers());
  expect([...base.parameters()].map(([, { value }]) => value)).toEqual(before);
});
