import { TrainingRun } from '@graft/layers';
import { ones, Random, scope } from '@graft/tensor';
import { expect, test } from 'vitest';
import { toyModel } from '../test/toy.ts';
import { freeze, type ParameterSelection, unfreeze } from './index.ts';

const norm = ['backbone.1.weight', 'backbone.1.bias', 'backbone.1.running_mean', 'backbone.1.running_var'];
const head = ['head.weight', 'head.bias'];

test.each<[ParameterSelection, readonly string[]]>([
  [{ names: ['backbone.1', 'head.bias'] }, [...norm, 'head.bias']],
  [{ pattern: '**.bias' }, ['backbone.0.bias', 'backbone.1.bias', 'backbone.3.bias', 'head.bias']],
  [{ pattern: '*.bias' }, ['head.bias']],
  [{ pattern: /running/g }, norm.slice(2)],
  [{ groups: ['1'] }, norm],
  [{ depth: 1 }, ['backbone.0.weight', 'backbone.0.bias']],
  [{ depth: -1, names: ['backbone.3.bias'] }, ['backbone.3.bias', ...head]],
])('selects %j', (selection, expected) => {
  const model = toyModel();
  const frozen = (): string[] => [...model.parameters()].flatMap(([path, { frozen }]) => (frozen ? [path] : [])).sort();
  freeze(model, selection);
  expect(frozen()).toEqual([...expected].sort());
  unfreeze(model, selection);
  expect(frozen()).toEqual([]);
});
test('an empty selection freezes all parameters; a group can be unfrozen again', () => {
  const model = toyModel();
  freeze(model);
  unfreeze(model, { groups: ['head'] });
  expect([...model.parameters()].flatMap(([path, { trainable }]) => (trainable ? [path] : []))).toEqual(head);
});
test.each<[ParameterSelection, string]>([
  [{ names: ['backbone.2'] }, 'No parameter is named "backbone.2" or is inside it.'],
  [{ names: ['head.wieght'] }, 'Did you mean "head.weight"? The model has backbone.0.weight, backbone.0.bias,'],
  [{ pattern: 'layer*' }, 'No parameter matches "layer*". The model has backbone.0.weight,'],
  [{ pattern: /^layer/ }, 'No parameter matches /^layer/.'],
  [{ groups: ['2'] }, 'No layer group is named "2": the model has 4 layer groups (0, 1, 3, head).'],
  [{ depth: 5 }, 'Cannot select a depth of 5: the model has 4 layer groups (0, 1, 3, head). Pass -4 to 4.'],
])('throws for %j, which matches nothing', (selection, message) =>
  expect(() => freeze(toyModel(), selection)).toThrow(message),
);
test('frozen batch norm keeps its running statistics', () => {
  const model = toyModel();
  freeze(model, { pattern: 'backbone.1.*' });
  const run = new TrainingRun(new Random(1));
  const [, mean] = [...model.parameters()].find(([path]) => path === 'backbone.1.running_mean')!;
  scope(() => model.forward(ones([2, 1, 8, 8]), run));
  run.commit();
  expect(mean.value.numbers()).toEqual(Array(8).fill(0));
  unfreeze(model);
  const learning = new TrainingRun(new Random(1));
  scope(() => model.forward(ones([2, 1, 8, 8]), learning));
  learning.commit();
  expect(mean.value.numbers()).not.toEqual(Array(8).fill(0));
});
