import { add, Parameter, scope, square, sub, sum, type Tensor, tensor, valueAndGrad } from '@graft/tensor';
import { unfreedTensors } from '@graft/tensor/testing';
import { describe, expect, test } from 'vitest';
import { type GradientTransform, Optimizer } from '../index.ts';

/** What {@link describeOptimizer} is told about an optimizer. */
export interface OptimizerChecks {
  /** Steps in which the sum of squares must have fallen to a tenth; 200 unless told. */
  readonly steps?: number;
}

/**
 * Checks that an optimizer keeps its promises: it goes down a bowl, the same twice to the bit; what it remembers survives a checkpoint; frozen weights
 * stay; gradients of zero and of 1e20 leave numbers; groups may have rates of their own, and one of zero moves nothing; nothing is left behind.
 * @param make makes it anew, with a learning rate that suits numbers of about 1
 */
export function describeOptimizer(
  name: string,
  make: () => GradientTransform,
  { steps = 200 }: OptimizerChecks = {},
): void {
  const named = (name: string, data: ArrayLike<number>, shape: readonly number[]): Parameter =>
    scope(() => Object.assign(new Parameter(tensor(Float32Array.from(data), { shape })), { name }));
  const parameters = (): Parameter[] => [
    named('weight', [1.5, -2, 0.5, 1, -1, 2], [2, 3]),
    named('bias', [0.5, -0.25], [2]),
  ];
  const loss = (weights: readonly Parameter[]): Tensor =>
    weights.map(({ value }) => sum(square(sub(value, 0.1)))).reduce((a, b) => add(a, b));
  const step = (optimizer: Optimizer): number =>
    scope(() => {
      const { value, grads } = valueAndGrad(() => loss(optimizer.parameters), optimizer.parameters);
      optimizer.step(grads);
      return value.item();
    });
  const bits = (weights: readonly Parameter[]): number[][] => weights.map(({ value }) => value.numbers());
  const run = (count: number, weights = parameters()): { weights: Parameter[]; optimizer: Optimizer } => {
    const optimizer = new Optimizer(weights, make());
    for (let i = 0; i < count; i++) step(optimizer);
    return { weights, optimizer };
  };

  describe(`optimizer ${name}`, () => {
    test('goes down a bowl', () => {
      const { optimizer, weights } = run(1);
      const first = scope(() => loss(weights).item());
      for (let i = 1; i < steps; i++) step(optimizer);
      optimizer.useEvaluationWeights();
      expect(scope(() => loss(weights).item())).toBeLessThan(first / 10);
    });
    test('the same twice, to the bit', () => expect(bits(run(20).weights)).toEqual(bits(run(20).weights)));
    test('what it remembers survives a checkpoint', async () => {
      const { weights, optimizer } = run(7);
      const copies = weights.map(({ value, name }) => named(name, value.numbers(), value.shape));
      const resumed = new Optimizer(copies, make());
      resumed.restore(await optimizer.state(), optimizer.steps);
      for (const one of [optimizer, resumed]) for (let i = 0; i < 7; i++) step(one);
      expect(bits(copies)).toEqual(bits(weights));
    });
    test('a frozen weight stays', () => {
      const [weight, bias] = parameters() as [Parameter, Parameter];
      bias.frozen = true;
      run(5, [weight, bias]);
      expect(bias.value.numbers()).toEqual([0.5, -0.25]);
      expect(weight.value.numbers()).not.toEqual(parameters()[0]!.value.numbers());
    });
    test.each([0, 1e20])('gradients of %d leave numbers', (size) => {
      const weights = parameters();
      const optimizer = new Optimizer(weights, make());
      for (let i = 0; i < 3; i++)
        scope(() =>
          optimizer.step(
            weights.map(({ value }) => tensor(new Float32Array(value.size).fill(size), { shape: value.shape })),
          ),
        );
      expect(bits(weights).flat().every(Number.isFinite)).toBe(true);
    });
    test('a group with a rate of zero does not move', () => {
      const [weight, bias] = parameters() as [Parameter, Parameter];
      const optimizer = new Optimizer(
        [{ parameters: [weight] }, { parameters: [bias], learningRate: 0, weightDecay: 0 }],
        make(),
      );
      for (let i = 0; i < 5; i++) step(optimizer);
      expect(bias.value.numbers()).toEqual([0.5, -0.25]);
    });
    test('nothing is left behind', () => {
      const before = unfreedTensors();
      const { weights, optimizer } = run(5);
      const during = unfreedTensors();
      for (let i = 0; i < 5; i++) step(optimizer);
      expect(unfreedTensors()).toBe(during);
      optimizer.dispose();
      for (const parameter of weights) parameter.dispose();
      expect(unfreedTensors()).toBe(before);
    });
  });
}
