import { tensor } from '@graft/tensor';
import { expect, test } from 'vitest';
import { toyLoader, toyModel } from '../test/toy.ts';
import { changedSince, frozenDigests, trainUnfrozen, unfreezeLast } from './index.ts';

const trainable = (model: ReturnType<typeof toyModel>): string[] =>
  [...model.parameters()].filter(([, { trainable }]) => trainable).map(([path]) => path);

test('unfreezes groups from the head backwards', () => {
  const model = toyModel();
  expect(model.layerGroups().map(({ name }) => name)).toEqual(['0', '1', '3', 'head']);
  unfreezeLast(model, 1);
  expect(trainable(model)).toEqual(['head.weight', 'head.bias']);
  unfreezeLast(model, 3);
  expect(trainable(model)).toEqual([
    'backbone.1.weight',
    'backbone.1.bias',
    'backbone.3.weight',
    'backbone.3.bias',
    'head.weight',
    'head.bias',
  ]);
  unfreezeLast(model, 0);
  expect(trainable(model)).toEqual([]);
  unfreezeLast(model, 'all');
  expect([...model.parameters()].some(([, { frozen }]) => frozen)).toBe(false);
});
test.each([5, -1, 1.5])('rejects %s groups', (groups) =>
  expect(() => unfreezeLast(toyModel(), groups)).toThrow(
    `Cannot unfreeze ${groups} layer groups: the model has 4 (0, 1, 3, head). Pass 0 to 4, or 'all'.`,
  ),
);

test('takes digests of frozen parameters, including running statistics', async () => {
  const model = toyModel();
  unfreezeLast(model, 1);
  const digests = await frozenDigests(model);
  expect([...digests.keys()]).toEqual([...model.backbone.parameters()].map(([path]) => `backbone.${path}`));
  expect([...digests.keys()]).toContain('backbone.1.running_mean');
  expect(new Set([...digests.values()].map(({ length }) => length))).toEqual(new Set([64]));
  expect(await changedSince(model, digests)).toEqual([]);
});
test('detects a single changed bit, and ignores unfreezing', async () => {
  const model = toyModel();
  unfreezeLast(model, 1);
  const digests = await frozenDigests(model);
  const [, parameter] = [...model.parameters()].find(([path]) => path === 'backbone.3.bias')!;
  const values = parameter.value.arraySync() as Float32Array;
  new Uint32Array(values.buffer, values.byteOffset)[7]! ^= 1;
  parameter.take(tensor(values, { shape: parameter.value.shape }));
  expect(await changedSince(model, digests)).toEqual(['backbone.3.bias']);
  unfreezeLast(model, 2);
  expect(await changedSince(model, digests)).toEqual(['backbone.3.bias']);
});

test('frozen statistics stay as they are while the weights of a batch norm are trained', async () => {
  const model = toyModel();
  const statistics = async (): Promise<string[]> => changedSince(model, await before);
  unfreezeLast(model, 'all', true);
  const before = frozenDigests(model);
  expect([...(await before).keys()]).toEqual(['backbone.1.running_mean', 'backbone.1.running_var']);
  expect(trainable(model)).toContain('backbone.1.weight');
  await trainUnfrozen(model, toyLoader(), { epochs: 1, freezeStatistics: true });
  expect(await statistics()).toEqual([]);
  await trainUnfrozen(model, toyLoader(), { epochs: 1 });
  expect(await statistics()).toEqual(['backbone.1.running_mean', 'backbone.1.running_var']);
});
