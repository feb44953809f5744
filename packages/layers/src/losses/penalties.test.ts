import { Parameter, tensor, valueAndGrad } from '@graft/tensor';
import { expect, test } from 'vitest';
import { elasticPenalty, l1Penalty, l2Penalty, meanSquaredError, withPenalty } from '../index.ts';

const weight = new Parameter(tensor([[1, -2]]));
const bias = new Parameter(tensor([3]));
const named: [string, Parameter][] = [
  ['weight', weight],
  ['bias', bias],
];
const of = (penalty: ReturnType<typeof l1Penalty>): unknown[] => {
  const { value, grads } = valueAndGrad(penalty, [weight, bias]);
  return [value.item(), ...grads.map((grad) => grad.numbers())];
};

test('matrices are penalised, vectors are not', () => {
  expect(of(l1Penalty(named, { strength: 0.5 }))).toEqual([1.5, [0.5, -0.5], [0]]);
  expect(of(l2Penalty(named, { strength: 0.5 }))).toEqual([2.5, [1, -2], [0]]);
  expect(of(elasticPenalty(named, { strength: 2, l1Share: 0.25 }))).toEqual([
    2 * (0.25 * 3 + 0.375 * 5),
    [2 * (0.25 + 0.75), 2 * (-0.25 - 1.5)],
    [0],
  ]);
});
test('a predicate selects parameters; frozen ones are always excluded', () => {
  expect(of(l1Penalty(named, { strength: 1, which: (path) => path === 'bias' }))).toEqual([3, [0, 0], [1]]);
  bias.frozen = true;
  expect(of(l1Penalty(named, { strength: 1, which: () => true }))).toEqual([3, [1, -1], [0]]);
  bias.frozen = false;
});
test('a loss with penalties', () =>
  expect(
    withPenalty(
      meanSquaredError(),
      l1Penalty(named, { strength: 1 }),
      l2Penalty(named, { strength: 1 }),
    )(tensor([2]), tensor([0])).item(),
  ).toBe(4 + 3 + 5));
test('invalid arguments give clear errors', () => {
  expect(() => l1Penalty(named, { strength: -1 })).toThrow('l1Penalty expects a strength of 0 or more, got -1');
  expect(() => l2Penalty(named, { strength: 1, which: () => false })).toThrow('l2Penalty applies to no parameter');
});
