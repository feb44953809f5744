import { createApp } from '@graft/plugin';
import { add, keep, matmul, mul, Parameter, scope, square, sub, sum, tensor, valueAndGrad } from '@graft/tensor';
import { expectClose, unfreedTensors } from '@graft/tensor/testing';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import {
  accumulate,
  adadelta,
  adagrad,
  adam,
  adamax,
  adamW,
  chain,
  clipByGlobalNorm,
  clipByNorm,
  clipByValue,
  equalAverage,
  exponentialAverage,
  type GradientTransform,
  keepMaxNorm,
  lamb,
  lars,
  lion,
  lookahead,
  muon,
  nadam,
  oneCycle,
  Optimizer,
  optimizer as optimizers,
  optimizersPlugin,
  orthogonalize,
  type ParameterGroup,
  radam,
  rmsprop,
  scaleByLearningRate,
  scheduleFreeAdamW,
  sgd,
  splitBy,
  type WeightAverage,
  withoutDecayOnVectors,
} from './index.ts';

const parameter = (...values: number[]): Parameter => scope(() => new Parameter(tensor(values)));

/** Steps down sum((w − [1, −2])²). */
function descend(optimizer: Optimizer, steps: number): number[][] {
  const [w] = optimizer.parameters as [Parameter];
  return Array.from({ length: steps }, () =>
    scope(() => {
      optimizer.step(valueAndGrad(() => sum(square(sub(w.value, tensor([1, -2])))), [w]).grads);
      return w.value.numbers();
    }),
  );
}

const golden = JSON.parse(readFileSync(new URL('./optimizers.golden.json', import.meta.url), 'utf8')) as Record<
  string,
  number[][]
> & {
  problem: Record<'x' | 'y' | 'w', number[][]> & { b: number[] };
  matrices: Record<string, number[][]>;
  averages: Record<string, number[][]>;
  'schedule-free average': number[];
};
test.each<[string, GradientTransform]>([
  ['sgd', sgd({ learningRate: 0.1 })],
  ['sgd momentum', sgd({ learningRate: 0.05, momentum: 0.9 })],
  ['sgd nesterov decay', sgd({ learningRate: 0.05, momentum: 0.9, nesterov: true, weightDecay: 0.1 })],
  ['adam', adam({ learningRate: 0.1 })],
  ['adam decay', adam({ learningRate: 0.1, weightDecay: 0.1 })],
  ['adamW', adamW({ learningRate: 0.1, weightDecay: 0.1 })],
])('%s matches PyTorch for twenty steps', (name, transform) =>
  expectClose(descend(new Optimizer([parameter(3, 0.5)], transform), 20).flat(), golden[name]!.flat(), 2e-6),
);

/** A linear model and steps down the sum of its squared errors; `micro` makes gradients differ from step to step. */
function regress(
  transform: GradientTransform,
  groupsOf: (weight: Parameter, bias: Parameter) => ParameterGroup[] = (...parameters) => [{ parameters }],
): { optimizer: Optimizer; descend: (steps: number, micro?: number) => number[][] } {
  const { x, y, w, b } = golden.problem;
  const [weight, bias] = scope(() => [new Parameter(tensor(w)), new Parameter(tensor(b))]) as [Parameter, Parameter];
  [weight.name, bias.name] = ['weight', 'bias'];
  const optimizer = new Optimizer(groupsOf(weight, bias), transform);
  const descend = (steps: number, micro = 1): number[][] =>
    Array.from({ length: steps }, () =>
      scope(() => {
        const loss = (): ReturnType<typeof tensor> =>
          mul(
            sum(square(sub(add(matmul(tensor(x), weight.value), bias.value), tensor(y)))),
            1 + (optimizer.steps % micro),
          );
        optimizer.step(valueAndGrad(loss, [weight, bias]).grads);
        return [...weight.value.numbers(), ...bias.value.numbers()];
      }),
    );
  return { optimizer, descend };
}

const cycle = { peak: 0.1, steps: 20, warmUpShare: (0.3 * 21 - 1) / 20, finalDivide: 25e4 };
const warm = (step: number): number => 0.05 * Math.min(1, (step + 1) / 5);
test.each<[string, () => GradientTransform, number?]>([
  ['adam amsgrad', () => adam({ learningRate: 0.2, amsgrad: true, weightDecay: 0.1 })],
  [
    'adam one cycle',
    () =>
      adam({
        learningRate: oneCycle(cycle),
        betas: [oneCycle({ ...cycle, peak: 0.8, divide: 0.8 / 0.95, finalDivide: 0.8 / 0.95 }), 0.999],
      }),
  ],
  ['rmsprop', () => rmsprop({ learningRate: 0.05 })],
  [
    'rmsprop centered momentum',
    () => rmsprop({ learningRate: 0.01, decay: 0.9, centered: true, momentum: 0.8, weightDecay: 0.1 }),
  ],
  ['adagrad', () => adagrad({ learningRate: (step) => 0.3 / (1 + 0.05 * step), initial: 0.1, weightDecay: 0.1 })],
  ['adadelta', () => adadelta({ learningRate: 5, decay: 0.8, weightDecay: 0.1 })],
  ['adamax', () => adamax({ learningRate: 0.1, weightDecay: 0.1 })],
  ['radam', () => radam({ learningRate: 0.1, betas: [0.9, 0.99], weightDecay: 0.1 })],
  ['nadam', () => nadam({ learningRate: 0.05 })],
  ['lion', () => lion({ learningRate: 0.02, weightDecay: 0.1 })],
  ['lamb', () => lamb({ learningRate: 0.02, weightDecay: 0.1 })],
  ['lars', () => lars({ learningRate: 1, weightDecay: 0.1, coefficient: 0.01 })],
  ['muon', () => muon({ learningRate: 0.05, weightDecay: 0.1, vectors: { learningRate: 0.03 } })],
  ['schedule-free adamW', () => scheduleFreeAdamW({ learningRate: warm, weightDecay: 0.1 })],
  ['lookahead', () => lookahead(adam({ learningRate: 0.05 }), { every: 4 })],
  ['accumulate', () => accumulate(adam({ learningRate: 0.05 }), { every: 4 }), 4],
  ['max norm', () => chain(sgd({ learningRate: 0.01 }), keepMaxNorm(1.5))],
  ['clip value', () => chain(clipByValue(0.7), sgd({ learningRate: 0.1 }))],
  ['clip norm', () => chain(clipByNorm(0.7), sgd({ learningRate: 0.1 }))],
  ['clip global norm', () => chain(clipByGlobalNorm(0.7), sgd({ learningRate: 0.1 }))],
])('%s follows the golden trajectory for twenty steps', async (name, transform, micro = 1) => {
  const { descend } = regress(transform());
  for (const [i, row] of descend(20, micro).entries()) expectClose(row, golden.matrices[name]![i]!, 2e-5, `step ${i}`);

  const [first, second] = [regress(transform()), regress(transform())];
  first.descend(7, micro);
  second.optimizer.parameters.forEach(
    (parameter, i) => (parameter.value = keep(mul(first.optimizer.parameters[i]!.value, 1))),
  );
  second.optimizer.restore(await first.optimizer.state(), first.optimizer.steps);
  expect(second.descend(6, micro)).toEqual(first.descend(6, micro)); // bit for bit
  const before = unfreedTensors();
  first.descend(8, micro);
  expect(unfreedTensors()).toBe(before);
});
test('groups with schedules and decays of their own follow the golden trajectory', () => {
  const { descend } = regress(adamW({ learningRate: 0.1, weightDecay: 0.2 }), (weight, bias) => [
    { parameters: [weight], learningRate: (step) => 0.5 * 0.9 ** step },
    { parameters: [bias], learningRate: (step) => 2 / (1 + step), weightDecay: 0 },
  ]);
  for (const [i, row] of descend(20).entries()) expectClose(row, golden.matrices['groups']![i]!, 2e-5, `step ${i}`);
});
test('the scale multiplies every learning rate', () => {
  const [halved, plain] = [regress(adam({ learningRate: 0.1 })), regress(adam({ learningRate: 0.05 }))];
  halved.optimizer.learningRateScale = 0.5;
  expect(halved.descend(5)).toEqual(plain.descend(5));
});
test('schedule-free weights are evaluated with their average, and training continues unaffected', () => {
  for (const transform of [
    scheduleFreeAdamW({ learningRate: warm, weightDecay: 0.1 }),
    chain(clipByGlobalNorm(1e6), scheduleFreeAdamW({ learningRate: warm, weightDecay: 0.1 })),
  ]) {
    const { optimizer, descend } = regress(transform);
    const weights = (): number[] => optimizer.parameters.flatMap(({ value }) => value.numbers());
    const learning = descend(20).at(-1);
    const living = unfreedTensors();
    const back = optimizer.useEvaluationWeights();
    expectClose(weights(), golden['schedule-free average'], 1e-5);
    back();
    back();
    expect(weights()).toEqual(learning);
    expect(unfreedTensors()).toBe(living);
  }
  const { optimizer } = regress(sgd({ learningRate: 1 }));
  const before = optimizer.parameters[0]!.value;
  optimizer.useEvaluationWeights()();
  expect(optimizer.parameters[0]!.value).toBe(before);
});
test.each<[string, (parameters: Parameter[]) => WeightAverage]>([
  ['ema', (parameters) => exponentialAverage(parameters, { decay: 0.8, ramp: false })],
  ['swa', equalAverage],
])('%s of weights matches PyTorch', async (name, make) => {
  const weight = parameter(5, 5);
  const average = make([weight]);
  const living = unfreedTensors();
  for (let i = 0; i < 8; i++) {
    scope(() => void (weight.value = tensor([Math.sin(i), (i * i) / 8])));
    average.update();
    average.swap();
    expectClose(weight.value.numbers(), golden.averages[name]![i]!, 1e-6);
    average.swap();
    expectClose(weight.value.numbers(), [Math.sin(i), (i * i) / 8], 1e-6);
  }
  expect(unfreedTensors()).toBe(living);
  const twin = make([weight]);
  twin.restore(await average.state(), average.updates);
  for (const one of [average, twin]) one.update();
  expect(await twin.state()).toEqual(await average.state());
  expect(() => twin.restore(new Map(), 1)).toThrow('It belongs to another model.');
  for (const one of [average, twin]) one.dispose();
});
test('a ramped average does not lag behind at first', () => {
  const weight = parameter(1);
  const average = exponentialAverage([weight]);
  average.update();
  scope(() => void (weight.value = tensor([2])));
  average.update();
  average.swap();
  expect(weight.value.item()).toBeCloseTo(1 + 9 / 11, 6);
});
test('kernels are made orthogonal as matrices [out, all else]', () => {
  const kernel = tensor(
    Float32Array.from({ length: 24 }, (_, i) => Math.sin(3 * i * i)),
    { shape: [3, 2, 2, 2] },
  );
  const [[update]] = orthogonalize({ iterations: 12 }).update(
    [kernel],
    [],
    [{ value: kernel, name: 'kernel', learningRate: 1, weightDecay: 1 }],
    0,
  );
  expect(update!.shape).toEqual([3, 2, 2, 2]);
  const rows = tensor(update!.numbers(), { shape: [3, 8] });
  const gram = matmul(rows, rows, false, true).numbers();
  for (const [i, v] of gram.entries()) expect(Math.abs(v - (i % 4 === 0 ? 0.85 : 0))).toBeLessThan(0.45); // Jordan's coefficients end with singular values from 0.68 to 1.13
  expect(() =>
    orthogonalize().update(
      [tensor([1])],
      [],
      [{ value: tensor([1]), name: 'bias', learningRate: 1, weightDecay: 1 }],
      0,
    ),
  ).toThrow('"bias" is a vector');
});
test('a learning rate of a group may change with the step', () => {
  const [a, b] = [parameter(1), parameter(1)];
  const optimizer = new Optimizer(
    [{ parameters: [a], learningRate: (step) => step }, { parameters: [b] }],
    sgd({ learningRate: 1 }),
  );
  for (let i = 0; i < 2; i++) scope(() => optimizer.step([tensor([1]), tensor([1])]));
  expect([a.value.item(), b.value.item()]).toEqual([0, -1]);
});
const app = await createApp([optimizersPlugin]);
test.each(app.all(optimizers).map(({ name }) => name))('%s is created by name and rejects unknown options', (name) => {
  regress(app.get(optimizers, name).create({ learningRate: 0.01 })).descend(2);
  expect(() => app.get(optimizers, name).create({ learningRat: 1 })).toThrow(
    `${name} has no option "learningRat". Did you mean "learningRate"?`,
  );
  expect(() => app.get(optimizers, name).create({})).toThrow('A learning rate must be');
});
test.each<[() => unknown, string]>([
  [() => lookahead(sgd({ learningRate: 1 }), { every: 0 }), 'lookahead expects 1 or more steps, got 0.'],
  [() => accumulate(sgd({ learningRate: 1 }), { every: 1.5 }), 'accumulate expects 1 or more steps, got 1.5.'],
  [() => clipByValue(-1), 'clipByValue expects a maximum above 0, got -1.'],
  [() => keepMaxNorm(0), 'keepMaxNorm expects a maximum above 0, got 0.'],
  [() => rmsprop({ learningRate: 1, decay: 1 }), 'RMSprop expects a decay in [0, 1), got 1.'],
  [() => scheduleFreeAdamW({ learningRate: 1, betas: [0, 0.9] }), 'a first beta above 0'],
  [() => sgd({ learningRate: 1, momentum: 1 }), 'Momentum must be in [0, 1), got 1.'],
  [() => sgd({ learningRate: 1, weightDecay: -1 }), 'A weight decay must be 0 or more, got -1.'],
  [() => sgd({ learningRate: Number.NaN }), 'A learning rate must be 0 or more, got NaN.'],
  [
    () => new Optimizer([{ parameters: [parameter(1)], learningRate: -1 }], sgd({ learningRate: 1 })),
    'A parameter group expects learningRate to be a number of 0 or more, or a schedule, got -1.',
  ],
  [
    () => new Optimizer([{ parameters: [parameter(1)], weightDecay: Number.NaN }], sgd({ learningRate: 1 })),
    'A parameter group expects weightDecay to be a number of 0 or more, got NaN.',
  ],
  [
    () => new Optimizer([parameter(1)], sgd({ learningRate: 1 })).step([]),
    'The optimizer has 1 parameters, but got 0 gradients.',
  ],
  [
    () => new Optimizer([parameter(1)], sgd({ learningRate: 1 })).step([tensor([1, 2])]),
    'The gradient of parameter "0" is [2], but the parameter is [1]',
  ],
  [() => exponentialAverage([]), 'A weight average expects at least one parameter, got none.'],
  [() => exponentialAverage([parameter(1)], { decay: 1 }), 'exponentialAverage expects a decay in [0, 1), got 1.'],
  [
    () => splitBy(() => true, sgd({ learningRate: 1 }), sgd({ learningRate: 1 })).update([], [], [], 0),
    'used before init()',
  ],
])('an invalid argument gives a clear error: %#', (make, message) => expect(make).toThrow(message));

test.each(app.all(optimizers).map(({ name }) => name))('%s rejects negative rates, decays and epsilon', (name) => {
  for (const option of ['learningRate', 'weightDecay', 'epsilon', 'momentum'])
    expect(() => app.get(optimizers, name).create({ learningRate: 1, [option]: -1 })).toThrow(
      /, got -1\.|; got -1\.|has no option/,
    );
});
test('gradients are clipped to a global norm', () => {
  const w = parameter(3, 0.5);
  descend(new Optimizer([w], chain(clipByGlobalNorm(1), scaleByLearningRate(1))), 1);
  // gradient [4, 5], length √41
  expectClose(w.value.numbers(), [3 - 4 / Math.sqrt(41), 0.5 - 5 / Math.sqrt(41)], 1e-5);
});
test('a group has its own learning rate and decay', () => {
  const [a, b] = [parameter(1), parameter(1)];
  const optimizer = new Optimizer(
    [{ parameters: [a] }, { parameters: [b], learningRate: 0.1, weightDecay: 0 }],
    sgd({ learningRate: 1, weightDecay: 0.5 }),
  );
  scope(() => optimizer.step([tensor([1]), tensor([1])]));
  expectClose([a.value.item(), b.value.item()], [-0.5, 0.9], 1e-6);
});
test('reports its learning rate: through chains and groups, scaled, at the next step', () => {
  const groups = [
    { parameters: [parameter(1)], learningRate: 0.1 },
    { parameters: [parameter(1)], learningRate: 0.5 },
  ];
  const optimizer = new Optimizer(groups, chain(clipByGlobalNorm(1), adam({ learningRate: (step) => 1 / (step + 1) })));
  expect(optimizer.learningRate()).toBe(0.5);
  scope(() => optimizer.step([tensor([1]), tensor([1])]));
  optimizer.learningRateScale = 0.5;
  expect(optimizer.learningRate()).toBe(0.125);
  expect(
    new Optimizer([parameter(1)], accumulate(lookahead(sgd({ learningRate: 3 })), { every: 2 })).learningRate(),
  ).toBe(3);
  expect(new Optimizer([parameter(1)], clipByGlobalNorm(1)).learningRate()).toBeUndefined();
});
test('vectors do not decay', () => {
  const matrix = scope(() => new Parameter(tensor([[1]])));
  expect(
    withoutDecayOnVectors([matrix, parameter(1)]).map(({ parameters, weightDecay }) => [
      parameters.length,
      weightDecay,
    ]),
  ).toEqual([
    [1, undefined],
    [1, 0],
  ]);
});
test('frozen parameters are excluded; all frozen is an error', () => {
  const [a, b] = [parameter(1), parameter(2)];
  b.frozen = true;
  expect(new Optimizer([a, b], sgd({ learningRate: 1 })).parameters).toEqual([a]);
  expect(() => new Optimizer([b], sgd({ learningRate: 1 }))).toThrow('no trainable parameter');
});
test('a restored state continues with the same bits', async () => {
  const [first, second] = [parameter(3, 0.5), parameter(3, 0.5)];
  const original = new Optimizer([first], adam({ learningRate: 0.1 }));
  descend(original, 5);
  second.value = keep(tensor(first.value.numbers()));
  const resumed = new Optimizer([second], adam({ learningRate: 0.1 }));
  resumed.restore(await original.state(), original.steps);
  expect(descend(resumed, 5)).toEqual(descend(original, 5));
  const state = await original.state();
  expect(() => new Optimizer([second], sgd({ learningRate: 1 })).restore(state, 1)).toThrow(
    'belongs to another model or optimizer',
  );
});
test('steps leak no tensors', () => {
  const optimizer = new Optimizer([parameter(3, 0.5)], adam({ learningRate: 0.1 }));
  descend(optimizer, 1);
  const before = unfreedTensors();
  descend(optimizer, 10);
  expect(unfreedTensors()).toBe(before);
});
test('invalid rates are rejected', () => {
  expect(() => sgd({ learningRate: -1 })).toThrow('A learning rate must be 0 or more, got -1');
  expect(() => adam({ learningRate: 1, betas: [1, 0.9] })).toThrow('betas in [0, 1), got 1');
});
