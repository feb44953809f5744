import { arrayDataset, Loader, vectorBatch } from '@graft/data';
import { BatchNorm1d, crossEntropy, Dropout, Linear, ReLU, Sequential, weightsOf } from '@graft/layers';
import { Optimizer, sgd } from '@graft/optimizers';
import { unfreedTensors } from '@graft/tensor/testing';
import { expect, test } from 'vitest';
import { findLearningRate, fit } from './index.ts';

const samples = Array.from({ length: 48 }, (_, i) => ({
  input: [Math.sin(i), Math.cos(2 * i)],
  label: Number(Math.sin(i) * Math.cos(2 * i) > 0),
}));
const setup = () => ({
  model: new Sequential(
    new Linear({ in: 2, out: 16 }),
    new BatchNorm1d({ features: 16 }),
    new ReLU(),
    new Dropout({ probability: 0.1 }),
    new Linear({ in: 16, out: 2 }),
  ).initialize(1),
  loss: crossEntropy(),
  data: new Loader(arrayDataset(samples), { batchSize: 8, collate: vectorBatch(), shuffle: true }),
});
const optimizerOf = (model: Sequential, learningRate: Parameters<typeof sgd>[0]['learningRate']): Optimizer =>
  new Optimizer(
    [...model.parameters()].map(([, parameter]) => parameter),
    sgd({ learningRate }),
  );

test('finds a rate that trains well, and restores everything', async () => {
  const { model, loss, data } = setup();
  await data[Symbol.asyncIterator]().next(); // start in the middle of an epoch
  const [weights, place] = [await weightsOf(model), data.state()];
  const { curve, valley, steepest } = await findLearningRate({
    model,
    loss,
    data,
    steps: 300,
    optimizer: (rate) => optimizerOf(model, rate),
  });
  expect(await weightsOf(model)).toEqual(weights);
  expect(data.state()).toEqual(place);
  expect(curve[0]!.learningRate).toBe(1e-7);
  expect(curve.length).toBeLessThanOrEqual(300);
  expect(valley).toBeGreaterThan(1e-4);
  expect(curve.map(({ learningRate }) => learningRate)).toContain(steepest);
  expect(valley).toBeLessThan(10);
  const { log } = await fit({ model, loss, data, optimizer: optimizerOf(model, valley!), epochs: 8 });
  expect(log.at(-1)!['loss']).toBeLessThan(log[0]!['loss']! * 0.9);
});
test('training after a search equals training without one', async () => {
  const train = async (search: boolean) => {
    const { model, loss, data } = setup();
    const before = unfreedTensors();
    if (search) await findLearningRate({ model, loss, data, optimizer: (rate) => optimizerOf(model, rate) });
    expect(unfreedTensors()).toBe(before);
    await fit({ model, loss, data, optimizer: optimizerOf(model, 0.1), epochs: 2 });
    return await weightsOf(model);
  };
  expect(await train(true)).toEqual(await train(false));
});
test('a model that cannot learn has no suggestion', async () => {
  const random = samples.map((_, i) => ({ input: [0, 0], label: ((i * 7) % 5) % 2 }));
  const model = new Linear({ in: 2, out: 2, bias: false }).initialize(1);
  const { valley, steepest, problem, curve } = await findLearningRate({
    model,
    loss: crossEntropy(),
    data: new Loader(arrayDataset(random), { batchSize: 8, collate: vectorBatch(), shuffle: true }),
    optimizer: (learningRate) =>
      new Optimizer(
        [...model.parameters()].map(([, one]) => one),
        sgd({ learningRate }),
      ),
  });
  expect(curve).toHaveLength(100);
  expect([valley, steepest, problem]).toEqual([undefined, undefined, 'noise']);
});
test('restores weights if the search fails, and rejects invalid options', async () => {
  const { model, data } = setup();
  const weights = await weightsOf(model);
  let steps = 0;
  const failing: ReturnType<typeof crossEntropy> = (...both) => {
    if (++steps === 20) throw new Error('lost');
    return crossEntropy()(...both);
  };
  const optimizer = (rate: Parameters<typeof sgd>[0]['learningRate']): Optimizer => optimizerOf(model, rate);
  await expect(findLearningRate({ model, loss: failing, data, optimizer })).rejects.toThrow('lost');
  expect(await weightsOf(model)).toEqual(weights);
  await expect(findLearningRate({ model, loss: crossEntropy(), data, optimizer, from: 1, to: 0.1 })).rejects.toThrow(
    'findLearningRate expects 0 < from < to, got 1 and 0.1.',
  );
  await expect(findLearningRate({ model, loss: crossEntropy(), data, optimizer, steps: 1 })).rejects.toThrow(
    '2 or more steps, got 1',
  );
  await expect(findLearningRate({ model, loss: crossEntropy(), data: [], optimizer })).rejects.toThrow(
    'findLearningRate got no batches.',
  );
});
