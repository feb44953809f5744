import { weightsOf } from '@graft/layers';
import { unfreedTensors } from '@graft/tensor/testing';
import { accuracy, type Callback, evaluate } from '@graft/train';
import { expect, test } from 'vitest';
import { brighter, toyLoader, toyModel } from '../test/toy.ts';
import { changedSince, frozenDigests, trainHead, trainUnfrozen, unfreezeLast } from './index.ts';

const training = () => toyLoader({ transform: brighter, shuffle: true });
const held = () => toyLoader({ seed: 2 });
const metrics = [accuracy()];

test('trainHead trains the head without changing the backbone', async () => {
  const model = toyModel();
  unfreezeLast(model, 1);
  const [before, digests] = [await evaluate(model, held(), { metrics }), await frozenDigests(model)];
  const log = await trainHead(model, training(), {
    epochs: 30,
    learningRate: 0.05,
    views: 2,
    validation: held(),
    metrics,
  });
  expect(log).toHaveLength(30);
  expect(log.at(-1)!['validationAccuracy']).toBe(1);
  expect(before['accuracy']).toBeLessThan(log.at(-1)!['validationAccuracy']!);
  expect((await evaluate(model, held(), { metrics }))['accuracy']).toBe(log.at(-1)!['validationAccuracy']);
  expect(await changedSince(model, digests)).toEqual([]);
});
test('trainUnfrozen trains the last groups without changing the others', async () => {
  const model = toyModel();
  unfreezeLast(model, 2);
  const [frozen, all] = [await frozenDigests(model), await weightsOf(model)];
  const log = await trainUnfrozen(model, training(), {
    epochs: 15,
    learningRate: 0.02,
    unfreeze: 2,
    validation: held(),
    metrics,
  });
  expect(log.at(-1)!['validationAccuracy']).toBe(1);
  expect(frozen.size).toBe(6);
  expect(await changedSince(model, frozen)).toEqual([]);
  for (const path of ['backbone.3.weight', 'head.weight'])
    expect((await weightsOf(model)).get(path)).not.toEqual(all.get(path));
});
test('trainUnfrozen changes all groups, the first one least, and updates running statistics', async () => {
  const model = toyModel();
  const before = await weightsOf(model);
  await trainUnfrozen(model, training(), { epochs: 1, learningRate: 0.01, firstGroupRate: 0.01, weightDecay: 0 });
  const after = await weightsOf(model);
  // Adam's first steps are as large as the learning rate, regardless of the gradient.
  const moved = (path: string): number =>
    Math.max(
      ...Array.from(before.get(path)!.data as Float32Array, (value, i) =>
        Math.abs(value - (after.get(path)!.data as Float32Array)[i]!),
      ),
    );
  expect(moved('backbone.0.weight')).toBeLessThan(moved('backbone.3.weight') / 5);
  expect(moved('backbone.3.weight')).toBeLessThan(moved('head.weight'));
  expect(moved('backbone.1.running_mean')).toBeGreaterThan(0);
});
test('the same seed gives the same bits; another seed does not', async () => {
  const train = async (seed: number): Promise<unknown> => {
    const model = toyModel();
    await trainHead(model, training(), { epochs: 2, views: 2, batchSize: 8, seed });
    await trainUnfrozen(model, training(), { epochs: 1, seed });
    return await weightsOf(model);
  };
  const first = await train(1);
  expect(await train(1)).toEqual(first);
  expect(await train(2)).not.toEqual(first);
});
test('training leaks no tensors, even if it fails', async () => {
  const model = toyModel();
  const phases = [
    () => trainHead(model, training(), { epochs: 2, validation: held(), metrics }),
    () => trainUnfrozen(model, training(), { epochs: 1, validation: held(), metrics }),
  ];
  for (const phase of phases) await phase();
  const before = unfreedTensors();
  for (const phase of phases) await phase();
  expect(unfreedTensors()).toBe(before);
  const lost = {
    name: 'lost',
    afterStep: () => {
      throw new Error('lost');
    },
  };
  for (const train of [trainHead, trainUnfrozen])
    await expect(train(model, training(), { epochs: 1, callbacks: [lost] })).rejects.toThrow('lost');
  expect(unfreedTensors()).toBe(before);
});
test('calls callbacks, counts features, and throws if all parameters are frozen', async () => {
  const [model, counts, steps] = [toyModel(), [] as number[], [] as number[]];
  const progress: string[] = [];
  const count: Callback = {
    name: 'count',
    afterStep: ({ step }) => void steps.push(step),
    onWork: ({ what, done, total }) => void progress.push(`${what} ${done}/${total}`),
  };
  await trainHead(model, training(), {
    epochs: 2,
    views: 2,
    batchSize: 32,
    validation: held(),
    callbacks: [count],
    onFeatures: (done) => counts.push(done),
  });
  expect(steps).toEqual([1, 2, 3, 4]);
  expect(counts.at(-1)).toBe(2 * 32 + 32);
  // Two views and the validation data in batches of 8; then the validation data in one batch after each epoch.
  expect(progress).toEqual([
    ...Array.from({ length: 12 }, (_, i) => `features ${i + 1}/12`),
    'validation 1/1',
    'validation 1/1',
  ]);
  await expect(trainUnfrozen(model, training(), { epochs: 1, unfreeze: 0 })).rejects.toThrow(
    'all are frozen. Unfreeze some.',
  );
});
