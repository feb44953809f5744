import { arrayDataset, Loader, vectorBatch } from '@graft/data';
import { crossEntropy, Linear } from '@graft/layers';
import { Optimizer, sgd } from '@graft/optimizers';
import { unfreedTensors } from '@graft/tensor/testing';
import { type Callback, fit } from '@graft/train';
import { expect, test } from 'vitest';
import { weightAverage } from './weight-average.ts';

const samples = Array.from({ length: 32 }, (_, i) => ({
  input: [Math.sin(i), Math.cos(2 * i)],
  label: Number(Math.sin(i) > 0.1),
}));
/** Trains, and returns the weights after each step, at each validation, and at the end. */
const train = async (average: Callback[], epochs = 3) => {
  const model = new Linear({ in: 2, out: 2 }).initialize(1);
  const data = () => new Loader(arrayDataset(samples), { batchSize: 8, collate: vectorBatch() });
  const [steps, validated]: number[][][] = [[], []];
  const now = (): number[] => model.weight.value.numbers();
  const watch: Callback = {
    name: 'watch',
    afterStep: () => void steps!.push(now()),
    beforeValidation: () => void validated!.push(now()),
  };
  await fit({
    model,
    loss: crossEntropy(),
    optimizer: new Optimizer([model.weight, model.bias!], sgd({ learningRate: 0.5 })),
    data: data(),
    validation: data(),
    epochs,
    callbacks: [...average, watch],
  });
  return { steps: steps!, validated: validated!, last: now() };
};
const expectClose = (actual: readonly number[], expected: readonly number[]): void => {
  for (const [i, value] of actual.entries()) expect(value).toBeCloseTo(expected[i]!, 6);
};

test('an equal average is the mean of the weights at the end of epochs, and does not change training', async () => {
  const [plain, averaged] = [await train([]), await train([weightAverage({ kind: 'equal', from: 1 })])];
  expect(averaged.steps).toEqual(plain.steps);
  const ends = [plain.steps[7]!, plain.steps[11]!];
  expect(averaged.validated[0]).toEqual(plain.steps[3]); // no epoch averaged yet
  expectClose(averaged.validated[1]!, ends[0]!);
  expectClose(
    averaged.last,
    ends[0]!.map((value, i) => (value + ends[1]![i]!) / 2),
  );
  expect(averaged.last).toEqual(averaged.validated[2]);
});
test('an exponential average follows its decay', async () => {
  const { steps, last } = await train([weightAverage({ decay: 0.2 })], 1);
  let [expected, updates] = [steps[0]!, 1];
  for (const step of steps.slice(1)) {
    const decay = Math.min(0.2, (1 + updates) / (10 + updates++));
    expected = expected.map((value, i) => decay * value + (1 - decay) * step[i]!);
  }
  expectClose(last, expected);
});
test('can end with the training weights, and frees its tensors', async () => {
  const { steps, last } = await train([weightAverage({ keep: false })]);
  expect(last).toEqual(steps.at(-1));
  const before = unfreedTensors();
  await train([weightAverage()]);
  expect(unfreedTensors() - before).toBe(2); // the model's parameters
});
