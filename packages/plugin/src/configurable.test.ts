import { expect, test } from 'vitest';
import { configurable, createApp, service } from './index.ts';

const kind = configurable('huber', ({ delta = 1 }: { readonly delta?: number }) => delta, { delta: 'number' });

test('options from a configuration reach the factory', () =>
  expect([kind.name, kind.create({ delta: 3 }), kind.create()]).toEqual(['huber', 3, 1]));
test('a misspelt option is reported with the nearest name and all options', () => {
  expect(() => kind.create({ dleta: 3 })).toThrow('huber has no option "dleta". Did you mean "delta"? Options: delta.');
  expect(() => configurable('relu', () => 0, {}).create({ toString: 1 })).toThrow(
    'relu has no option "toString". Options: none.',
  );
});
test('an option missing from the list is a type error', () => {
  // @ts-expect-error "delta" is missing
  const incomplete = configurable('huber', ({ delta = 1 }: { readonly delta?: number }) => delta, {});
  expect(() => incomplete.create({ delta: 1 })).toThrow('Options: none.');
});
test('the services of a run reach the factory', async () => {
  const clock = service<number>('clock');
  const kind = configurable('timer', (_: object, context) => context?.use(clock), {});
  expect(kind.create({}, (await createApp()).createScope().provide(clock, 5))).toBe(5);
  expect(kind.create()).toBeUndefined();
});
test('a value of another kind is reported with what is expected', () => {
  const kind = configurable(
    'sgd',
    (options: {
      readonly rate?: number | ((step: number) => number);
      readonly steps?: number;
      readonly betas?: readonly (number | (() => number))[];
      readonly nesterov?: boolean;
      readonly kernel?: number | readonly number[];
      readonly mode?: 'a' | 'b';
      readonly sizes?: readonly number[];
      readonly tell?: () => void;
      readonly other?: object;
    }) => options,
    {
      rate: 'number or function',
      steps: 'integer',
      betas: 'numbers or functions',
      nesterov: 'boolean',
      kernel: 'number or numbers',
      mode: 'string',
      sizes: 'numbers',
      tell: 'function',
      other: 'any',
    },
  );
  const valid = {
    rate: (step: number) => step,
    steps: 3,
    betas: [0.9, () => 1],
    nesterov: true,
    kernel: [3, 3],
    mode: 'a',
    sizes: [],
    tell: () => {},
    other: {},
  };
  expect(kind.create(valid)).toEqual(valid);
  expect(kind.create({ rate: Infinity, steps: undefined })).toEqual({ rate: Infinity });
  for (const [option, value, message] of [
    ['rate', 'fast', 'a number, got "fast"'],
    ['rate', NaN, 'a number, got NaN'],
    ['rate', null, 'a number, got null'],
    ['steps', 1.5, 'an integer, got 1.5'],
    ['betas', 0.9, 'a list of numbers, got 0.9'],
    ['nesterov', 'false', 'true or false, got "false"'],
    ['kernel', ['3'], 'a number or a list of numbers, got ["3"]'],
    ['mode', ['a'], 'a string, got ["a"]'],
    ['sizes', 1e9, 'a list of numbers, got 1000000000'],
    ['tell', 'x', 'a function, got "x"'],
  ] as const)
    expect(() => kind.create({ [option]: value })).toThrow(`sgd expects "${option}" to be ${message}.`);
});
test('a kind that does not fit the type of the option is a type error', () => {
  // @ts-expect-error "delta" is a number
  const wrong = configurable('huber', ({ delta = 1 }: { readonly delta?: number }) => delta, { delta: 'boolean' });
  expect(() => wrong.create({ delta: 1 })).toThrow('huber expects "delta" to be true or false, got 1.');
});
