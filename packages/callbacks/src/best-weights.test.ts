import { arrayDataset, Loader, vectorBatch } from '@graft/data';
import { BatchNorm1d, crossEntropy, Linear, ReLU, Sequential, weightsOf } from '@graft/layers';
import { adam, Optimizer, scheduleFreeAdamW } from '@graft/optimizers';
import { memoryStorage } from '@graft/storage';
import { Random } from '@graft/tensor';
import { accuracy, type Callback, evaluate, fit, type FitResult } from '@graft/train';
import { expect, test } from 'vitest';
import { bestWeights, type BestWeightsCallback, checkpoint, resumeLatest, weightAverage } from './index.ts';

/** Two classes. Some training labels are wrong, so a network that fits them gets worse on the validation set. */
const random = new Random(4);
const samples = Array.from({ length: 72 }, (_, i) => ({
  input: [0, 1, 2].map((k) => 1.5 * random.normal() + (k === 0 && i % 2 ? 1.5 : 0)),
  label: i < 24 && i % 3 === 0 ? 1 - (i % 2) : i % 2,
}));
const loader = (from: number, to: number, shuffle = false) =>
  new Loader(arrayDataset(samples.slice(from, to)), { batchSize: 8, collate: vectorBatch(), shuffle });
const setup = () => {
  const model = new Sequential(
    new Linear({ in: 3, out: 16 }),
    new BatchNorm1d({ features: 16 }),
    new ReLU(),
    new Linear({ in: 16, out: 2 }),
  ).initialize(3);
  return {
    model,
    loss: crossEntropy(),
    optimizer: new Optimizer(model, adam({ learningRate: 0.1 })),
    data: loader(0, 24, true),
    validation: loader(24, 72),
    metrics: [accuracy()],
    epochs: 6,
  };
};
/** The current validation loss of the model. */
const lossOf = async ({ model, loss, validation }: ReturnType<typeof setup>): Promise<number> =>
  (await evaluate(model, validation, { loss }))['loss']!;
const lowestIn = ({ log }: FitResult, name: string): { epoch: number; value: number } => {
  const values = log.map((row) => row[name]!);
  const value = Math.min(...values);
  return { epoch: values.indexOf(value) + 1, value };
};

test('a run ends with the weights and statistics of its best epoch', async () => {
  const best = bestWeights();
  const options = setup();
  const seen: unknown[] = [];
  const watch: Callback = { name: 'watch', afterEpoch: async ({ model }) => void seen.push(await weightsOf(model)) };
  const result = await fit({ ...options, callbacks: [watch, best] });
  const { epoch, value } = lowestIn(result, 'validationLoss');
  expect(epoch).toBeLessThan(6); // otherwise restoring would change nothing
  expect(best.best).toEqual({ epoch, name: 'validationLoss', value });
  expect(await weightsOf(options.model)).toEqual(seen[epoch - 1]);
  expect(await lossOf(options)).toBeCloseTo(value, 6);
});
test('monitors any number in the log; without validation, the training loss', async () => {
  const best = bestWeights({ monitor: 'validationAccuracy' });
  const { log } = await fit({ ...setup(), callbacks: [best] });
  const accuracies = log.map((row) => row.validationAccuracy!);
  expect(best.best).toEqual({
    epoch: accuracies.indexOf(Math.max(...accuracies)) + 1,
    name: 'validationAccuracy',
    value: Math.max(...accuracies),
  });
  const { validation: _, ...plain } = setup();
  const training = bestWeights();
  expect(training.best).toBeUndefined();
  const result = await fit({ ...plain, callbacks: [training] });
  expect(training.best).toEqual({ name: 'loss', ...lowestIn(result, 'loss') });
});
test('keeps the weights that were evaluated, with weightAverage and with a schedule-free optimizer', async () => {
  const averaged = setup();
  const first = bestWeights();
  await fit({ ...averaged, callbacks: [weightAverage({ decay: 0.5 }), first] });
  expect(await lossOf(averaged)).toBeCloseTo(first.best!.value, 5);
  const free = setup();
  const second = bestWeights();
  const optimizer = new Optimizer(free.model, scheduleFreeAdamW({ learningRate: 0.1 }));
  await fit({ ...free, optimizer, callbacks: [second] });
  expect(await lossOf(free)).toBeCloseTo(second.best!.value, 5);
});
test('frozen weights are not copied and stay unchanged', async () => {
  const options = setup();
  const frozen = options.model.layers[0]!.freeze();
  const before = await weightsOf(frozen);
  const best = bestWeights();
  const names: string[] = [];
  const watch: Callback = {
    name: 'watch',
    afterEpoch: async () => void names.push(...(await best.saveTensors!()).keys()),
  };
  const optimizer = new Optimizer(options.model, adam({ learningRate: 0.1 }));
  await fit({ ...options, optimizer, callbacks: [best, watch] });
  expect(new Set(names)).toEqual(
    new Set(['1.weight', '1.bias', '1.running_mean', '1.running_var', '3.weight', '3.bias']),
  );
  expect(await weightsOf(frozen)).toEqual(before);
});
test.each([4, 6, 9, 11, 17, 18])('a run killed after step %i and resumed ends with the same bits', async (step) => {
  const run = async (storage = memoryStorage(), killAt?: number): Promise<[unknown, BestWeightsCallback['best']]> => {
    const options = setup();
    const best = bestWeights();
    const kill: Callback = {
      name: 'kill',
      afterStep(state) {
        if (state.step === killAt) throw new Error('power cut');
      },
    };
    const callbacks = [best, checkpoint({ storage, everySteps: 2 }), kill];
    const resume = await resumeLatest(storage, 'checkpoints', { ...options, callbacks });
    await fit({ ...options, callbacks, resume });
    return [await weightsOf(options.model), best.best];
  };
  const storage = memoryStorage();
  await expect(run(storage, step)).rejects.toThrow('power cut');
  expect(await run(storage)).toEqual(await run());
});
