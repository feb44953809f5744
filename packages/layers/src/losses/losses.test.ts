import { createApp } from '@graft/plugin';
import { type NestedNumbers, scope, type Tensor, tensor, valueAndGrad, zeros } from '@graft/tensor';
import { expectClose } from '@graft/tensor/testing';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import {
  crossEntropy,
  distillationTarget,
  dice,
  hinge,
  layersPlugin,
  loss,
  meanSquaredError,
  triplet,
} from '../index.ts';

interface Case {
  readonly loss: string;
  readonly options: Record<string, unknown>;
  readonly output: NestedNumbers;
  readonly target: NestedNumbers;
  readonly dtype: 'float32' | 'int32';
  readonly value: number;
  readonly gradient: number[];
}
const { cases } = JSON.parse(readFileSync(new URL('./losses.golden.json', import.meta.url), 'utf8')) as {
  cases: Case[];
};
const app = await createApp([layersPlugin]);
const losses = app.all(loss);

test.each(cases.map((one) => ({ ...one, title: `${one.loss} ${JSON.stringify(one.options)}` })))(
  '$title matches PyTorch, and so does its gradient',
  (one) => {
    const output = tensor(one.output);
    const { value, grads } = valueAndGrad(
      () => app.get(loss, one.loss).create(one.options)(output, tensor(one.target, { dtype: one.dtype })),
      [output],
    );
    expect(value.shape).toEqual([]);
    expectClose([value.item()], [one.value], 3e-5);
    expectClose(grads[0]!.numbers(), one.gradient, 3e-5, '', 0.1);
  },
);
test('every loss has golden numbers', () =>
  expect(losses.map(({ name }) => name).filter((name) => !cases.some((one) => one.loss === name))).toEqual([]));
test.each(losses.map(({ name }) => name))('%s rejects unknown options', (name) =>
  expect(() => app.get(loss, name).create({ nonsense: 1 })).toThrow(`${name} has no option "nonsense".`),
);

const [logits, labels] = [
  tensor([
    [1, 2, 3],
    [4, 5, 6],
  ]),
  tensor([0, 2], { dtype: 'int32' }),
];
const wrong: readonly [string, Tensor, Tensor, RegExp][] = [
  ['an empty batch', zeros([0, 3]), zeros([0, 3]), /got an empty batch|got \[0, 3\]/],
  ['a target of other samples', zeros([4, 3]), zeros([5, 3]), /got \[4, 3\]/],
  ['a target of too few samples', zeros([4, 3]), zeros([3], { dtype: 'int32' }), /got \[4, 3\]/],
  [
    'integers from the model',
    zeros([2, 3], { dtype: 'int32' }),
    zeros([2, 3]),
    /expects floats from the model, got int32 \[2, 3\]|got \[2, 3\]/,
  ],
  [
    'a class out of range',
    zeros([2, 3]),
    tensor([0, 7], { dtype: 'int32' }),
    /^Sample 1 of the batch has class 7, but the model has 3 classes \(0 to 2\)|got \[2, 3\]/,
  ],
];
test.each(
  losses.flatMap(({ name, create }) =>
    wrong.map(([title, ...rest]) => [`${name}: ${title}`, name, create, ...rest] as const),
  ),
)('%s is refused in a sentence', (_, name, create, output, target, message) => {
  const labelled = /^(triplet|infoNce)$/.test(name) && target.rank === 1 && target.shape[0] === output.shape[0]; // any label goes: they are compared only
  const run = (): unknown => scope(() => create()(output, target));
  if (labelled) expect(run).not.toThrow();
  else expect(run).toThrow(message);
});
test('invalid arguments give clear errors', () => {
  expect(() => app.get(loss, 'crossEntropy').create({ labelSmothing: 0.1 })).toThrow(
    'Did you mean "labelSmoothing"? Options: weights, labelSmoothing, ignoreIndex.',
  );
  expect(() => crossEntropy({ weights: [1, -1] })).toThrow('class weights of 0 or more, got -1 for class 1');
  expect(() => crossEntropy({ weights: [1, 1] })(logits, labels)).toThrow(
    '2 class weights, but the model has 3 classes',
  );
  expect(() => crossEntropy()(logits, tensor([0, 1, 2], { dtype: 'int32' }))).toThrow(
    'logits [batch, classes, ...] and class indices [batch, ...], got [2, 3] and [3]',
  );
  expect(() => crossEntropy({ ignoreIndex: -1 })(logits, tensor([0, 3], { dtype: 'int32' }))).toThrow(
    'Sample 1 of the batch has class 3',
  );
  expect(() => meanSquaredError()(logits, labels)).toThrow(
    'meanSquaredError expects output and target of the same shape, got [2, 3] and [2]',
  );
  expect(() => triplet()(tensor([1, 2]), labels)).toThrow(
    'triplet expects embeddings [batch, 3, features], or [batch, features] with classes [batch]',
  );
  expect(() => hinge({ margin: 0 })).toThrow('a margin above 0, got 0');
});
test('classes are appended to a teacher’s logits', () =>
  expect(distillationTarget(logits, labels).numbers()).toEqual([1, 2, 3, 0, 4, 5, 6, 2]));
test.each(losses.filter(({ name }) => /^(logCosh|huber|binary|focal|dice|hinge)/.test(name)))(
  '$name does not overflow far from 0',
  ({ name, create }) => {
    const target =
      name === 'focal'
        ? tensor([0, 0], { dtype: 'int32' })
        : tensor([
            [0, 1],
            [0, 1],
          ]);
    expect(
      scope(() =>
        create()(
          tensor([
            [900, -900],
            [-900, 900],
          ]),
          target,
        ),
      ).item(),
    ).toBeLessThan(Number.POSITIVE_INFINITY);
  },
);
test('an absent class costs nothing', () =>
  expect(
    dice()(
      tensor([
        [50, -50],
        [50, -50],
      ]),
      tensor([
        [1, 0],
        [1, 0],
      ]),
    ).item(),
  ).toBeCloseTo(0, 6));
