import { tensor } from '@graft/tensor';
import { expect, test } from 'vitest';
import { toyModel } from '../test/toy.ts';
import { changedSince, frozenDigests, unfreezeLast } from './index.ts';

const learning = (model: ReturnType<typeof toyModel>): string[] =>
  [...model.parameters()].filter(([, { trainable }]) => trainable).map(([path]) => path);

test('groups are unfrozen from the head on', () => {
  const model = toyModel();
  expect(model.layerGroups().map(({ name }) => name)).toEqual(['0', '1', '3', 'head']);
  unfreezeLast(model, 1);
  expect(learning(model)).toEqual(['head.weight', 'head.bias']);
  unfreezeLast(model, 3);
  expect(learning(model)).toEqual([
    'backbone.1.weight',
    'backbone.1.bias',
    'backbone.3.weight',
    'backbone.3.bias',
    'head.weight',
    'head.bias',
  ]);
  unfreezeLast(model, 0);
  expect(learning(model)).toEqual([]);
  unfreezeLast(model, 'all');
  expect([...model.parameters()].some(([, { frozen }]) => frozen)).toBe(false);
});
test.each([5, -1, 1.5])('%s groups cannot be unfrozen', (groups) =>
  expect(() => unfreezeLast(toyModel(), groups)).toThrow(
    `There are 4 layer groups (0, 1, 3, head), so that ${groups} of them cannot be unfrozen. Give 0 to 4, or all.`,
  ),
);

test('digests of what is frozen, running statistics among it', async () => {
  const model = toyModel();
  unfreezeLast(model, 1);
  const digests = await frozenDigests(model);
  expect([...digests.keys()]).toEqual([...model.backbone.parameters()].map(([path]) => `backbone.${path}`));
  expect([...digests.keys()]).toContain('backbone.1.running_mean');
  expect(new Set([...digests.values()].map(({ length }) => length))).toEqual(new Set([64]));
  expect(await changedSince(model, digests)).toEqual([]);
});
test('one bit that changed is found; what is merely no longer frozen has not changed', async () => {
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
