import { expect, test } from 'vitest';
import { contributionNames } from './contribution-names.ts';
import { extensionPoint } from './extension-point.ts';
import { apiVersion, definePlugin } from './plugin.ts';

test('names are grouped by extension point, in the order of the manifest', () => {
  const [layer, op] = [extensionPoint('layer'), extensionPoint('op')];
  const contributes = [layer({ name: 'b' }), op({ name: 'x' }), layer({ name: 'a' })];
  expect(contributionNames(definePlugin({ name: 'mine', apiVersion, contributes }))).toEqual({
    layer: ['b', 'a'],
    op: ['x'],
  });
  expect(contributionNames(definePlugin({ name: 'empty', apiVersion, contributes: [] }))).toEqual({});
});
