import { arrayDataset, Loader, vectorBatch } from '@graft/data';
import { crossEntropy, constant, type LayerReport, Linear, ReLU, Sequential, Sigmoid, weightsOf } from '@graft/layers';
import { Optimizer, sgd } from '@graft/optimizers';
import { fit } from '@graft/train';
import { expect, test } from 'vitest';
import { trainingMonitor, type TrainingMonitorOptions } from './training-monitor.ts';

const samples = Array.from({ length: 32 }, (_, i) => ({ input: [Math.sin(i), Math.cos(2 * i)], label: i % 2 }));
const train = async (model: Sequential, options?: TrainingMonitorOptions) => {
  const warnings: string[] = [];
  const optimizer = new Optimizer(
    [...model.parameters()].map(([, parameter]) => parameter),
    sgd({ learningRate: 0.01 }),
  );
  const data = new Loader(arrayDataset(samples), { batchSize: 8, collate: vectorBatch() });
  await fit({
    model,
    loss: crossEntropy(),
    optimizer,
    data,
    epochs: 2,
    callbacks: options ? [trainingMonitor({ every: 2, ...options })] : [],
    onWarning: ({ message }) => warnings.push(message),
  });
  return { warnings, weights: await weightsOf(model) };
};
const network = (bias?: number, scale = 1): Sequential =>
  new Sequential(
    new Linear({ in: 2, out: 6, ...(bias !== undefined && { biasInitializer: constant(bias) }) }),
    new ReLU(),
    new Linear({ in: 6, out: 2, ...(scale !== 1 && { initializer: constant(scale) }) }),
  ).initialize(1);

test('warns once about dead units and names their layer', async () => {
  const { warnings } = await train(network(-50), {});
  expect(warnings.filter((sentence) => sentence.includes('dead'))).toEqual([
    expect.stringContaining('Step 0: 100 % of the units of "1" (ReLU) are dead'),
  ]);
});
test('warns about a vanishing gradient', async () => {
  const deep = new Sequential(
    new Linear({ in: 2, out: 6 }),
    ...Array.from({ length: 10 }, () => [new Sigmoid(), new Linear({ in: 6, out: 6 })]).flat(),
    new Linear({ in: 6, out: 2 }),
  ).initialize(1);
  expect((await train(deep, {})).warnings).toEqual([
    expect.stringMatching(
      /^Step 0: the gradient of "0\.weight" vanishes \(.* of its weights' norm, compared with .* for "\d+\.weight"\); try a residual connection/,
    ),
  ]);
});
test('warns about an exploding gradient', async () =>
  expect((await train(network(1000), {})).warnings.find((sentence) => sentence.includes('explodes'))).toMatch(
    /^Step 0: the gradient of "2\.weight" explodes \(\d+ times its weights' norm\); try clipByGlobalNorm/,
  ));
test('does not warn about a healthy network or change its weights, and reports its statistics', async () => {
  const reports: [number, LayerReport][] = [];
  const { warnings, weights } = await train(network(), { report: (report, step) => void reports.push([step, report]) });
  expect(warnings).toEqual([]);
  expect(weights).toEqual((await train(network())).weights);
  expect(reports.map(([step]) => step)).toEqual([0, 2, 4, 6]);
  expect(reports[0]![1].parameters.map(({ path }) => path).sort()).toEqual([
    '0.bias',
    '0.weight',
    '2.bias',
    '2.weight',
  ]);
});
