import { add, Parameter, scope, square, sub, sum, type Tensor, tensor, valueAndGrad } from '@graft/tensor';
import { unfreedTensors } from '@graft/tensor/testing';
import { describe, expect, test } from 'vitest';
import { type GradientTransform, Optimizer } from '../index.ts';

/** Options of {@link describeOptimizer}. */
export interface OptimizerChecks {
  /** Number of steps in which the sum of squares must fall to a tenth; default 200. */
  readonly steps?: number;
}

/**
 * Declares tests that every optimizer must pass: it minimises a quadratic, reproducibly to the bit; its state survives a checkpoint; frozen weights
 * do not change; gradients of zero and of 1e20 keep weights finite; groups may have their own rates, and a rate of zero changes nothing; no tensors leak.
 * @param make creates a new instance, with a learning rate suitable for values of about 1
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
    test('minimises a quadratic', () => {
      const { optimizer, weights } = run(1);
      const first = scope(() => loss(weights).item());
      for (let i = 1; i < steps; i++) step(optimizer);
      optimizer.useEvaluationWeights();
      expect(scope(() => loss(weights).item())).toBeLessThan(first / 10);
    });
    test('is reproducible to the bit', () => expect(bits(run(20).weights)).toEqual(bits(run(20).weights)));
    test('its state survives a checkpoint', async () => {
      const { weights, optimizer } = run(7);
      const copies = weights.map(({ value, name }) => named(name, value.numbers(), value.shape));
      const resumed = new Optimizer(copies, make());
      resumed.restore(await optimizer.state(), optimizer.steps);
      for (const one of [optimizer, resumed]) for (let i = 0; i < 7; i++) step(one);
      expect(bits(copies)).toEqual(bits(weights));
    });
    test('a frozen weight does not change', () => {
      const [weight, bias] = parameters() as [Parameter, Parameter];
      bias.frozen = true;
      run(5, [weight, bias]);
      expect(bias.value.numbers()).toEqual([0.5, -0.25]);
      expect(weight.value.numbers()).not.toEqual(parameters()[0]!.value.numbers());
    });
    test.each([0, 1e20])('gradients of %d keep weights finite', (size) => {
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
    test('a group with a rate of zero does not change', () => {
      const [weight, bias] = parameters() as [Parameter, Parameter];
      const optimizer = new Optimizer(
        [{ parameters: [weight] }, { parameters: [bias], learningRate: 0, weightDecay: 0 }],
        make(),
      );
      for (let i = 0; i < 5; i++) step(optimizer);
      expect(bias.value.numbers()).toEqual([0.5, -0.25]);
    });
    test('no tensors leak', () => {
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
