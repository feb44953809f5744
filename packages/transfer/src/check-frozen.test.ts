import { mul } from '@graft/tensor';
import { expect, test } from 'vitest';
import { toyLoader, toyModel } from '../test/toy.ts';
import { checkFrozen, trainUnfrozen } from './index.ts';

test('throws if frozen parameters changed, and names them', async () => {
  const model = toyModel();
  await trainUnfrozen(model, toyLoader(), { epochs: 1, unfreeze: 2, callbacks: [checkFrozen()] });
  const [, weight] = [...model.parameters()].find(([path]) => path === 'backbone.0.weight')!;
  const meddler = { name: 'meddler', afterEpoch: () => weight.take(mul(weight.value, 2)) };
  await expect(
    trainUnfrozen(model, toyLoader(), { epochs: 1, unfreeze: 2, callbacks: [checkFrozen(), meddler] }),
  ).rejects.toThrow('Frozen parameters changed during training: backbone.0.weight.');
});
