import { arrayDataset, concat } from '@graft/data';
import { expect, test } from 'vitest';
import { brighter, toyImages, toyLoader, toyModel } from '../test/toy.ts';
import { pseudoLabelled, pseudoLabels, trainUnfrozen } from './index.ts';

test('returns confident predictions, most confident first', async () => {
  const model = toyModel();
  await trainUnfrozen(model, toyLoader({ transform: brighter, shuffle: true }), { epochs: 15, learningRate: 0.02 });
  const unlabelled = arrayDataset(toyImages(6).map((one) => ({ ...one, label: -1 })));
  const all = await pseudoLabels(model, toyLoader({ seed: 6 }), { confidence: 0 });
  const sure = await pseudoLabels(model, toyLoader({ seed: 6 }), { confidence: all[15]!.confidence });
  expect([all.length, sure.length]).toEqual([32, 16]);
  expect(all.map(({ confidence }) => confidence)).toEqual(
    all.map(({ confidence }) => confidence).toSorted((a, b) => b - a),
  );
  expect(all.every(({ confidence }) => confidence >= 0.5 && confidence <= 1)).toBe(true);
  expect(sure.filter(({ index, label }) => label === index % 2).length).toBeGreaterThanOrEqual(15);
  const joined = concat(arrayDataset(toyImages(1)), pseudoLabelled(unlabelled, sure));
  expect(joined.length).toBe(48);
  expect(await joined.get(32)).toEqual({ ...toyImages(6)[sure[0]!.index], label: sure[0]!.label });
});
test('rejects a confidence that is not a probability', () =>
  expect(pseudoLabels(toyModel(), toyLoader(), { confidence: 2 })).rejects.toThrow(
    'pseudoLabels expects a confidence from 0 to 1, got 2.',
  ));
