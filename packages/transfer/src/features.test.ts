import { livingTensors, scope, tensor } from '@graft/tensor';
import { expect, test } from 'vitest';
import { brighter, toyBackbone, toyLoader } from '../test/toy.ts';
import { extractFeatures, featureLoader } from './index.ts';

test('features are what the backbone answers, in the data\'s order, with its labels', async () => {
  const [backbone, data] = [toyBackbone(), toyLoader()];
  const { samples, size } = await extractFeatures(backbone, data);
  expect([samples.length, size]).toEqual([32, 16]);
  let n = 0;
  for await (const { inputs, shape, labels } of data.batches(0)) {
    const wanted = scope(() => backbone.forward(tensor(inputs, { shape }))).numbers();
    for (const [i, label] of labels.entries()) {
      expect(samples[n]!.label).toBe(label);
      for (const [k, value] of samples[n++]!.input.entries()) expect(value).toBeCloseTo(wanted[i * 16 + k]!, 5);
    }
  }
});
test('feature maps are flattened', async () => {
  const { layers } = toyBackbone();
  expect((await extractFeatures(layers[0]!, toyLoader())).size).toBe(8 * 4 * 4);
});
test('views differ under random changes, are alike without, and come again', async () => {
  const backbone = toyBackbone();
  const [changed, again, plain] = await Promise.all([toyLoader({ transform: brighter }), toyLoader({ transform: brighter }), toyLoader()].map((data) => extractFeatures(backbone, data, { views: 2 })));
  expect(changed!.samples).toHaveLength(64);
  expect(changed!.samples[0]!.label).toBe(changed!.samples[32]!.label);
  expect(changed!.samples[0]!.input).not.toEqual(changed!.samples[32]!.input);
  expect(plain!.samples[0]!.input).toEqual(plain!.samples[32]!.input);
  expect(again).toEqual(changed);
});
test('hears of each batch, and leaves no tensors behind', async () => {
  const backbone = toyBackbone();
  await extractFeatures(backbone, toyLoader());
  const [before, heard] = [livingTensors(), [] as number[]];
  await extractFeatures(backbone, toyLoader(), { views: 2, onBatch: (done) => heard.push(done) });
  expect(heard).toEqual([8, 16, 24, 32, 40, 48, 56, 64]);
  expect(livingTensors()).toBeLessThanOrEqual(before); // earlier ones may be collected
});
test('a loader of features: shuffled by epoch, the last batch what is left', async () => {
  const features = await extractFeatures(toyBackbone(), toyLoader());
  const orders: (readonly number[])[] = [];
  const loader = featureLoader(features, { batchSize: 24, seed: 3 });
  for (const epoch of [0, 0, 1]) for await (const { indices, shape } of loader.batches(epoch)) if (shape[0] === 24) orders.push(indices);
  expect(orders[0]).toEqual(orders[1]);
  expect(orders[0]).not.toEqual(orders[2]);
  const sizes: (readonly number[])[] = [];
  for await (const { shape } of featureLoader(features, { batchSize: 24, shuffle: false })) sizes.push(shape);
  expect(sizes).toEqual([[24, 16], [8, 16]]);
});
