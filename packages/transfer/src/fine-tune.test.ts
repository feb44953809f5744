import { weightsOf } from '@graft/layers';
import { accuracy, type TrainState } from '@graft/train';
import { expect, test } from 'vitest';
import { brighter, toyLoader, toyModel } from '../test/toy.ts';
import { changedSince, fineTune, frozenDigests, unfreezeGradually } from './index.ts';

const training = () => toyLoader({ transform: brighter, shuffle: true });
const held = () => toyLoader({ seed: 2 });
/** Counts the trained parameters in each epoch. */
const learners = () => {
  const counts: number[] = [];
  return {
    counts,
    callback: {
      name: 'learners',
      beforeEpoch: ({ optimizer }: TrainState) => void counts.push(optimizer.parameters.length),
    },
  };
};

test('fineTune trains the head, then the whole model', async () => {
  const [model, { counts, callback }] = [toyModel(), learners()];
  const log = await fineTune(model, training(), {
    epochs: 8,
    freezeEpochs: 2,
    learningRate: 0.05,
    validation: held(),
    metrics: [accuracy()],
    callbacks: [callback],
  });
  expect(log.map(({ epoch }) => epoch)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  expect(counts).toEqual([2, 2, ...Array<number>(8).fill(8)]);
  expect(log.at(-1)!['validationAccuracy']).toBe(1);
});
test('fineTune keeps frozen parameters unchanged, and changes the first group least', async () => {
  const frozen = toyModel();
  const digests = await frozenDigests(frozen.freeze((path) => path.startsWith('backbone')));
  await fineTune(frozen, training(), { epochs: 0, freezeEpochs: 2 });
  expect(await changedSince(frozen, digests)).toEqual([]);
  const model = toyModel();
  const before = await weightsOf(model);
  await fineTune(model, training(), { epochs: 2, freezeEpochs: 0, learningRate: 0.02, weightDecay: 0 });
  const after = await weightsOf(model);
  const moved = (path: string): number =>
    Math.max(
      ...Array.from(before.get(path)!.data as Float32Array, (value, i) =>
        Math.abs(value - (after.get(path)!.data as Float32Array)[i]!),
      ),
    );
  expect(moved('backbone.0.weight') * 20).toBeLessThan(moved('head.weight'));
  expect(moved('backbone.0.weight')).toBeGreaterThan(0);
});
test('unfreezeGradually unfreezes one more group after each phase', async () => {
  const [model, { counts, callback }] = [toyModel(), learners()];
  const log = await unfreezeGradually(model, training(), { epochs: 2, callbacks: [callback] });
  expect(counts).toEqual([2, 2, 4, 4, 6, 6, 8, 8]);
  expect(log.map(({ epoch }) => epoch)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
});
test('the same seed gives the same bits', async () => {
  const train = async (seed: number): Promise<unknown> => {
    const model = toyModel();
    await fineTune(model, training(), { epochs: 1, seed });
    return await weightsOf(model);
  };
  expect(await train(1)).toEqual(await train(1));
});
