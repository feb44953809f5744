import { keep, livingTensors, Parameter, scope, square, sub, sum, tensor, valueAndGrad } from '@graft/tensor';
import { expectClose } from '@graft/tensor/testing';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { adam, adamW, chain, clipByGlobalNorm, type GradientTransform, Optimizer, scaleByLearningRate, sgd, withoutDecayOnVectors } from './index.ts';

const parameter = (...values: number[]): Parameter => scope(() => new Parameter(tensor(values)));

/** Steps down sum((w − [1, −2])²). */
function descend(optimizer: Optimizer, steps: number): number[][] {
  const [w] = optimizer.parameters as [Parameter];
  return Array.from({ length: steps }, () => scope(() => {
    optimizer.step(valueAndGrad(() => sum(square(sub(w.value, tensor([1, -2])))), [w]).grads);
    return w.value.numbers();
  }));
}

const golden = JSON.parse(readFileSync(new URL('./optimizers.golden.json', import.meta.url), 'utf8')) as Record<string, number[][]>;
test.each<[string, GradientTransform]>([
  ['sgd', sgd({ learningRate: 0.1 })],
  ['sgd momentum', sgd({ learningRate: 0.05, momentum: 0.9 })],
  ['sgd nesterov decay', sgd({ learningRate: 0.05, momentum: 0.9, nesterov: true, weightDecay: 0.1 })],
  ['adam', adam({ learningRate: 0.1 })],
  ['adam decay', adam({ learningRate: 0.1, weightDecay: 0.1 })],
  ['adamW', adamW({ learningRate: 0.1, weightDecay: 0.1 })],
])('%s follows PyTorch for twenty steps', (name, transform) =>
  expectClose(descend(new Optimizer([parameter(3, 0.5)], transform), 20).flat(), golden[name]!.flat(), 2e-6));

test('gradients are clipped to a joint length', () => {
  const w = parameter(3, 0.5);
  descend(new Optimizer([w], chain(clipByGlobalNorm(1), scaleByLearningRate(1))), 1);
  // gradient [4, 5], length √41
  expectClose(w.value.numbers(), [3 - 4 / Math.sqrt(41), 0.5 - 5 / Math.sqrt(41)], 1e-5);
});
test('a group has its own learning rate and decay', () => {
  const [a, b] = [parameter(1), parameter(1)];
  const optimizer = new Optimizer([{ parameters: [a] }, { parameters: [b], learningRate: 0.1, weightDecay: 0 }], sgd({ learningRate: 1, weightDecay: 0.5 }));
  scope(() => optimizer.step([tensor([1]), tensor([1])]));
  expectClose([a.value.item(), b.value.item()], [-0.5, 0.9], 1e-6);
});
test('vectors do not decay', () => {
  const matrix = scope(() => new Parameter(tensor([[1]])));
  expect(withoutDecayOnVectors([matrix, parameter(1)]).map(({ parameters, weightDecay }) => [parameters.length, weightDecay])).toEqual([[1, undefined], [1, 0]]);
});
test('frozen parameters are left out; all frozen is an error', () => {
  const [a, b] = [parameter(1), parameter(2)];
  b.frozen = true;
  expect(new Optimizer([a, b], sgd({ learningRate: 1 })).parameters).toEqual([a]);
  expect(() => new Optimizer([b], sgd({ learningRate: 1 }))).toThrow('no parameter that learns');
});
test('a state that is put back goes on with the same bits', () => {
  const [first, second] = [parameter(3, 0.5), parameter(3, 0.5)];
  const original = new Optimizer([first], adam({ learningRate: 0.1 }));
  descend(original, 5);
  second.value = keep(tensor(first.value.numbers()));
  const resumed = new Optimizer([second], adam({ learningRate: 0.1 }));
  resumed.restore(original.state(), original.steps);
  expect(descend(resumed, 5)).toEqual(descend(original, 5));
  expect(() => new Optimizer([second], sgd({ learningRate: 1 })).restore(original.state(), 1)).toThrow('belongs to another model or optimizer');
});
test('steps leave no tensors behind', () => {
  const optimizer = new Optimizer([parameter(3, 0.5)], adam({ learningRate: 0.1 }));
  descend(optimizer, 1);
  const before = livingTensors();
  descend(optimizer, 10);
  expect(livingTensors()).toBe(before);
});
test('rates that make no sense are refused', () => {
  expect(() => sgd({ learningRate: -1 })).toThrow('A learning rate must be 0 or more, got -1');
  expect(() => adam({ learningRate: 1, betas: [1, 0.9] })).toThrow('betas from 0 up to, not including, 1; got 1');
});
