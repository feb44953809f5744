import { expect, test } from 'vitest';
import { apiVersion, checkPlugin, definePlugin, extensionPoint } from './index.ts';

const fruit = extensionPoint<{ name: string }>('fruit');
const apple = definePlugin({ name: 'apple', apiVersion, contributes: [fruit({ name: 'apple' })] });

test('a valid plugin is returned', () => {
  expect(checkPlugin(apple, '"./apple.ts"')).toBe(apple);
  expect(checkPlugin({ ...apple, requires: ['tree'], setup() {}, dispose() {} }, 'x').requires).toEqual(['tree']);
});
test('plugins for another API version are not checked further', () =>
  expect(checkPlugin({ name: 'pear', apiVersion: 2 }, 'x').apiVersion).toBe(2));
test.each<[unknown, string]>([
  [
    undefined,
    '"./x.ts" is not a plugin: it has no default export. A plugin is a default export: definePlugin({ name, apiVersion, contributes: [ … ] }).',
  ],
  [() => apple, 'its default export is a function.'],
  [null, 'its default export is null.'],
  [[apple], 'its default export is an array.'],
  [{ plugin: apple }, 'its default export has no "name".'],
  [{ name: 'apple' }, 'its default export "apple" has no "apiVersion".'],
  [{ ...apple, requires: 'tree' }, '"requires" of "apple" is not an array of names.'],
  [{ name: 'apple', apiVersion }, '"contributes" of "apple" is not an array.'],
  [
    { ...apple, contributes: [...apple.contributes, { name: 'apple' }] },
    'contribution 2 of "apple" was not created by an extension point.',
  ],
  [{ ...apple, contributes: [null] }, 'contribution 1 of "apple" was not created by an extension point.'],
  [{ ...apple, setup: 1 }, '"setup" of "apple" is not a function.'],
])('%o is rejected', (value, message) => expect(() => checkPlugin(value, '"./x.ts"')).toThrow(message));
