import { type Tensor, full, Random, scope, square, sum, tensor, valueAndGrad } from '@graft/tensor';
import { unfreedTensors } from '@graft/tensor/testing';
import { expect, test } from 'vitest';
import {
  constant,
  Conv2d,
  Linear,
  LSTM,
  Module,
  MultiheadAttention,
  ReLU,
  Sequential,
  Sigmoid,
  statisticsOf,
  TrainingRun,
  TransformerEncoder,
  watchLayers,
} from './index.ts';

const weightsOfModel = (model: Module) => [...model.parameters()].map(([, parameter]) => parameter);
const step = (model: Module, x: Tensor) =>
  valueAndGrad(() => sum(square(model.forward(x, new TrainingRun(new Random(1))))), weightsOfModel(model));

test('outputs and gradients of each layer and parameter, by path', async () => {
  const model = new Sequential(
    new Linear({ in: 2, out: 2, initializer: constant(1), biasInitializer: constant(0) }),
    new ReLU(),
    new Linear({ in: 2, out: 1, initializer: constant(2), bias: false }),
  );
  const x = tensor([
    [1, 2],
    [-3, 1],
  ]);
  const { result, report } = watchLayers(model, () => step(model, x));
  const { layers, parameters } = await report();
  expect(result.value.item()).toBe(144); // [3, 3] and [0, 0] after the ReLU; 12 and 0 in the end
  expect(layers.map(({ path, kind, shape }) => `${path || '(whole)'} ${kind} ${shape.join('×')}`)).toEqual([
    '0 Linear 2×2',
    '1 ReLU 2×2',
    '2 Linear 2×1',
    '(whole) Sequential 2×1',
  ]);
  const [first, relu, last] = layers;
  expect(first!.output).toMatchObject({ mean: 0.5, deviation: 2.5, zeros: 0, deadUnits: 0, notFinite: 0 });
  expect(relu!.output).toMatchObject({ mean: 1.5, zeros: 0.5, deadUnits: 0 });
  expect(last!.gradient!.norm).toBe(24); // 2 · 12
  expect(relu!.gradient!.norm).toBeCloseTo(48 * Math.SQRT2);
  expect(first!.gradient).toMatchObject({ zeros: 0.5 }); // the second sample does not come through
  expect(parameters.map(({ path }) => path)).toEqual(['0.weight', '0.bias', '2.weight']);
  expect(parameters[2]!.gradient.norm).toBeCloseTo(24 * 3 * Math.SQRT2);
  expect(parameters[2]!.norm).toBeCloseTo(2 * Math.SQRT2);
});
test('a histogram of finite values matches NumPy’s', async () => {
  const { histogram } = await statisticsOf(tensor([-1, -0.5, Number.NaN, 0, 0, 0.25, 0.5, 0.75, 1, 3, Infinity]));
  expect([histogram.from, histogram.to]).toEqual([-1, 3]);
  expect(histogram.counts).toEqual([
    1, 0, 0, 0, 1, 0, 0, 0, 2, 0, 1, 0, 1, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1,
  ]); // np.histogram(…, bins=32)
  expect((await statisticsOf(full([3], 2))).histogram).toMatchObject({
    from: 2,
    to: 2,
    counts: expect.arrayContaining([3]),
  });
  expect((await statisticsOf(full([2], Number.NaN))).histogram.from).toBeNaN();
});
test('results and gradients are unaffected', () => {
  const model = new Sequential(new Conv2d({ in: 2, out: 3, kernel: 2 }), new ReLU()).initialize(1);
  const x = full([2, 2, 3, 3], 0.5);
  const watched = watchLayers(model, () => step(model, x)).result;
  expect(watched.grads.map((grad) => grad.numbers())).toEqual(step(model, x).grads.map((grad) => grad.numbers()));
  expect(Object.hasOwn(model, 'forward')).toBe(false);
});
test('vanishing gradients and dead units are visible', async () => {
  const deep = new Sequential(
    ...Array.from({ length: 8 }, () => [new Linear({ in: 4, out: 4 }), new Sigmoid()]).flat(),
  ).initialize(2);
  const { parameters } = await watchLayers(deep, () => step(deep, full([3, 4], 1))).report();
  const gradients = parameters.filter(({ path }) => path.endsWith('weight')).map(({ gradient }) => gradient.norm);
  expect(gradients[0]!).toBeLessThan(1e-3 * gradients.at(-1)!);
  const dead = new Sequential(new Linear({ in: 2, out: 4, biasInitializer: constant(-100) }), new ReLU()).initialize(1);
  const { layers } = await watchLayers(dead, () => dead.forward(full([5, 2], 1))).report();
  expect(layers[1]!.output).toMatchObject({
    deadUnits: 1,
    zeros: 1,
  });
  const broken = await watchLayers(dead, () => dead.forward(full([5, 2], Number.NaN))).report();
  expect(broken.layers[0]!.output.notFinite).toBe(20);
});
test('nested layers are seen for every method that computes them, and no tensors leak', async () => {
  const encoder = new TransformerEncoder({ features: 4, heads: 2, feedforward: 4, numLayers: 2 });
  const paths = async (model: Module, fn: () => unknown): Promise<string[]> => {
    const { report } = scope(() => watchLayers(model, () => void fn()));
    return (await report()).layers.map(({ path }) => path);
  };
  const x = full([1, 3, 4], 1);
  const before = unfreedTensors();
  expect(await paths(encoder, () => encoder.encode(x, {}))).toEqual(
    expect.arrayContaining(['layers.0.self_attn', 'layers.1.linear2', 'layers.1', '']),
  );
  const attention = new MultiheadAttention({ features: 4, heads: 1 });
  expect(await paths(attention, () => attention.attend(x, x, x))).toContain('');
  const lstm = new LSTM({ in: 4, hidden: 2 });
  expect(await paths(lstm, () => lstm.unroll(x))).toEqual(['']);
  attention.dispose();
  lstm.dispose();
  expect(unfreedTensors()).toBe(before);
});
