import { arrayDataset, Loader, type NamedBatch, namedBatch, vectorBatch } from '@graft/data';
import { crossEntropy, Dropout, Linear, Module, ReLU, type Run, inference, Sequential, weightsOf } from '@graft/layers';
import { adam, Optimizer } from '@graft/optimizers';
import { concat, integers, js, Random, type Tensor, tensor } from '@graft/tensor';
import { expect, test } from 'vitest';
import {
  accuracy,
  evaluate,
  findLearningRate,
  fit,
  type FitResult,
  mixup,
  predict,
  type Prepare,
  prepareBatch,
  trainStep,
} from './index.ts';

/** Predicts whether two numbers have the same sign, which needs both. */
class SameSign extends Module<{ left: Tensor; right: Tensor }> {
  readonly layers = new Sequential(
    new Linear({ in: 2, out: 16 }),
    new ReLU(),
    new Dropout({ probability: 0.1 }),
    new Linear({ in: 16, out: 2 }),
  );
  override forward({ left, right }: { left: Tensor; right: Tensor }, run: Run = inference): Tensor {
    return this.layers.forward(concat([left, right], 1), run);
  }
}
const samples = (seed: number, count = 64): { input: { left: number[]; right: number[] }; label: number }[] => {
  const random = new Random(seed);
  return Array.from({ length: count }, () => {
    const [left, right] = [random.normal(), random.normal()];
    return { input: { left: [left], right: [right] }, label: Number(left * right > 0) };
  });
};
const loader = (seed = 1) =>
  new Loader(arrayDataset(samples(seed, seed === 1 ? 256 : 64)), {
    batchSize: 16,
    seed,
    shuffle: true,
    collate: namedBatch({ left: vectorBatch(), right: vectorBatch() }),
  });
const trained = async (epochs = 12): Promise<{ model: SameSign; result: FitResult }> => {
  const model = new SameSign().initialize(2);
  const optimizer = new Optimizer(model, adam({ learningRate: 0.05 }));
  const result = await fit({ model, loss: crossEntropy(), optimizer, data: loader(), epochs, validation: loader(2) });
  return { model, result };
};

test('fit, evaluate and predict support models with named inputs', async () => {
  const { model } = await trained();
  const { accuracy: share } = await evaluate(model, loader(3), { metrics: [accuracy()] });
  expect(share).toBeGreaterThan(0.85); // one input alone gives 0.5 at best
  let right = 0;
  for await (const { batch, outputs } of predict(model, loader(3)))
    for (const [n, label] of batch.labels.entries())
      right += Number(Number(outputs.values[2 * n + 1]! > outputs.values[2 * n]!) === label);
  expect(right / 64).toBe(share);
});

test('named inputs give the same bits as one concatenated input', async () => {
  const { model, result } = await trained(3);
  class Whole extends Module {
    readonly layers = new SameSign().layers;
    override forward(x: Tensor, run: Run = inference): Tensor {
      return this.layers.forward(x, run);
    }
  }
  const whole = new Whole().initialize(2);
  const vectors = (seed: number) =>
    new Loader(
      arrayDataset(
        samples(seed, seed === 1 ? 256 : 64).map(({ input, label }) => ({
          input: [...input.left, ...input.right],
          label,
        })),
      ),
      {
        batchSize: 16,
        seed,
        shuffle: true,
        collate: vectorBatch(),
      },
    );
  const optimizer = new Optimizer(whole, adam({ learningRate: 0.05 }));
  const other = await fit({
    model: whole,
    loss: crossEntropy(),
    optimizer,
    data: vectors(1),
    epochs: 3,
    validation: vectors(2),
  });
  expect(result.log).toEqual(other.log);
  expect([...(await weightsOf(model)).values()]).toEqual([...(await weightsOf(whole)).values()]);
});

test('findLearningRate supports named inputs and restores the weights', async () => {
  const model = new SameSign().initialize(2);
  const before = await weightsOf(model);
  const { curve } = await findLearningRate({
    model,
    loss: crossEntropy(),
    optimizer: (learningRate) => new Optimizer(model, adam({ learningRate })),
    data: loader(),
    steps: 20,
  });
  expect(curve.length).toBeGreaterThan(10);
  expect(await weightsOf(model)).toEqual(before);
});

test('each named input keeps its dtype', () => {
  const { input, target } = prepareBatch<NamedBatch>(
    {
      inputs: {
        ids: { shape: [2, 2], dtype: 'int64', data: BigInt64Array.of(1n, 2n, 3n, 4n) },
        size: { shape: [2], dtype: 'float32', data: Float32Array.of(0.5, 1) },
      },
      labels: Int32Array.of(1, 0),
      indices: [0, 1],
    },
    js,
  );
  expect(Object.entries(input).map(([name, { dtype, shape }]) => [name, dtype, shape])).toEqual([
    ['ids', 'int64', [2, 2]],
    ['size', 'float32', [2]],
  ]);
  expect([input['ids']!.numbers(), target.numbers()]).toEqual([
    [1, 2, 3, 4],
    [1, 0],
  ]);
});

const renamed: Prepare<NamedBatch> = (batch, backend) => {
  const { input, target } = prepareBatch(batch, backend);
  return { input: { left: input['left']!, rigth: input['right']! }, target };
};
test.each<[string, Prepare<NamedBatch> | undefined, (model: SameSign) => Module<never>, string]>([
  [
    'misspelt',
    renamed,
    (model) => model,
    'The model expects an input "right", which is missing. Given inputs: left, rigth. Did you mean "rigth"?',
  ],
  [
    'named for one tensor',
    undefined,
    ({ layers }) => layers as unknown as Module<never>,
    'The model takes one tensor but got named inputs: left, right.',
  ],
])('fit, evaluate and predict reject inputs that are %s', async (_, prepare, of, message) => {
  const model = of(new SameSign().initialize(1)) as unknown as SameSign;
  const optimizer = new Optimizer(model, adam({ learningRate: 0.05 }));
  const own = prepare && { prepare };
  await expect(fit({ model, loss: crossEntropy(), optimizer, data: loader(), epochs: 1, ...own })).rejects.toThrow(
    message,
  );
  await expect(evaluate(model, loader(), { ...own })).rejects.toThrow(message);
  await expect(predict(model, loader(), prepare).next()).rejects.toThrow(message);
  const input = { left: tensor([[1]]), rigth: integers([1], [1, 1]) };
  const options = { model, loss: crossEntropy(), optimizer, random: new Random(0) };
  expect(() => trainStep(options, input, integers([0]))).toThrow(/The model (expects an input|takes one tensor)/);
});
test('mixup rejects named inputs', async () => {
  const model = new SameSign().initialize(1);
  const optimizer = new Optimizer(model, adam({ learningRate: 0.05 }));
  await expect(
    fit({
      model,
      loss: crossEntropy(),
      optimizer,
      data: loader(),
      epochs: 1,
      prepare: mixup({ classes: 2 }) as unknown as Prepare<NamedBatch>,
    }),
  ).rejects.toThrow('mixup expects a single input, but the batch has named inputs: left, right. Remove mixup.');
});
