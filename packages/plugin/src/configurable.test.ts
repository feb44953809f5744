import { expect, test } from 'vitest';
import { configurable, createApp, service } from './index.ts';

const kind = configurable('huber', ({ delta = 1 }: { readonly delta?: number }) => delta, ['delta']);

test('options from a configuration reach the factory', () =>
  expect([kind.name, kind.create({ delta: 3 }), kind.create()]).toEqual(['huber', 3, 1]));
test('a misspelt option is reported with the nearest name and all options', () => {
  expect(() => kind.create({ dleta: 3 })).toThrow('huber has no option "dleta". Did you mean "delta"? Options: delta.');
  expect(() => configurable('relu', () => 0, []).create({ toString: 1 })).toThrow(
    'relu has no option "toString". Options: none.',
  );
});
test('an option missing from the list is a type error', () => {
  // @ts-expect-error "delta" is missing
  const incomplete = configurable('huber', ({ delta = 1 }: { readonly delta?: number }) => delta, []);
  expect(() => incomplete.create({ delta: 1 })).toThrow('Options: none.');
});
test('the services of a run reach the factory', async () => {
  const clock = service<number>('clock');
  const kind = configurable('timer', (_: object, context) => context?.use(clock), []);
  expect(kind.create({}, (await createApp()).createScope().provide(clock, 5))).toBe(5);
  expect(kind.create()).toBeUndefined();
});
