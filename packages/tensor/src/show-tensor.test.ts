import { inspect } from 'node:util';
import { expect, test } from 'vitest';
import { createJsBackend, Parameter, scope, tensor, zeros } from './index.ts';

test.each([
  [
    tensor([
      [1, 2],
      [3, 4],
    ]),
    'tensor([[1, 2], [3, 4]])',
  ],
  [tensor([0.1, -2.5e-7, 1 / 3, Number.NaN, -Infinity]), 'tensor([0.1, -2.5e-7, 0.33333, NaN, -Infinity])'],
  [tensor(7), 'tensor(7)'],
  [tensor([1, 0], { dtype: 'bool' }), 'tensor([true, false], bool)'],
  [tensor([1.5, 2], { dtype: 'float16' }), 'tensor([1.5, 2], float16)'],
  [tensor(BigInt64Array.of(-1n, 2n ** 40n)), 'tensor([-1, 1099511627776], int64)'],
  [tensor([1], { backend: createJsBackend('other') }), 'tensor([1], on other)'],
  [zeros([0, 3]), 'tensor([], shape [0, 3])'],
])('%#: values, and dtype and backend where they are not the usual ones', (x, text) => expect(inspect(x)).toBe(text));
test('many values are shortened, and rows that do not fit stand below each other', () => {
  const ramp = tensor(
    Float32Array.from({ length: 1e6 }, (_, i) => i),
    { shape: [1000, 1000] },
  );
  expect(inspect(ramp)).toBe(
    `tensor([[0, 1, 2, …, 997, 998, 999],
        [1000, 1001, 1002, …, 1997, 1998, 1999],
        [2000, 2001, 2002, …, 2997, 2998, 2999],
        …,
        [997000, 997001, 997002, …, 997997, 997998, 997999],
        [998000, 998001, 998002, …, 998997, 998998, 998999],
        [999000, 999001, 999002, …, 999997, 999998, 999999]], shape [1000, 1000])`,
  );
});
test('what cannot be seen is described', () => {
  const freed = scope(() => {
    const x = tensor([1, 2]);
    return [() => x];
  })[0]!();
  expect(inspect(freed)).toBe('tensor(freed, float32 [2])');
  const { view: _, ...blind } = createJsBackend('blind');
  expect(inspect(tensor([1, 2], { backend: blind }))).toBe('tensor(float32 [2] on blind)');
});
test('a parameter says what it is', () => {
  const parameter = new Parameter(tensor([1, 2]), 'buffer');
  [parameter.name, parameter.frozen] = ['norm.mean', true];
  expect(inspect({ parameter })).toBe('{ parameter: Parameter("norm.mean", buffer, frozen, tensor([1, 2])) }');
});
