import { mkdirSync, mkdtempSync, readdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { JsonFile } from './json-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'graft-json-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('what two processes write stays', () => {
  const path = join(folder, 'new', 'choices.json');
  const [one, two] = [new JsonFile(path), new JsonFile(path)];
  one.set('a', '1');
  two.set('b', '2');
  one.set('a', '3');
  expect(two.read()).toEqual({ a: '3', b: '2' });
  expect(readdirSync(join(folder, 'new'))).toEqual(['choices.json']);
});

test.each([
  ['half an object', '{"a": "1"'],
  ['a list', '["a"]'],
  ['null', 'null'],
  ['nothing', ''],
])('%s counts as empty, and is replaced', (name, text) => {
  const path = join(folder, `${name}.json`);
  writeFileSync(path, text);
  const file = new JsonFile(path);
  expect(file.read()).toEqual({});
  file.set('a', '1');
  expect(file.read()).toEqual({ a: '1' });
});

test('entries that are not short strings are left out, and names of prototypes are only names', () => {
  const path = join(folder, 'strange.json');
  writeFileSync(path, `{"a":1,"b":{"c":"d"},"e":"${'x'.repeat(5000)}","__proto__":"p","f":"g"}`);
  const values = new JsonFile(path).read();
  expect(Object.entries(values)).toEqual([
    ['__proto__', 'p'],
    ['f', 'g'],
  ]);
  expect(Object.getPrototypeOf(values)).toBe(Object.prototype);
});

test('a huge file is not read', () => {
  const path = join(folder, 'huge.json');
  writeFileSync(path, '{"a":"1"}');
  truncateSync(path, 2 ** 40);
  expect(new JsonFile(path).read()).toEqual({});
});

test('a file that cannot be read or written is not an error', () => {
  const path = join(folder, 'taken');
  mkdirSync(path);
  const file = new JsonFile(path);
  file.set('a', '1');
  expect(file.read()).toEqual({});
  writeFileSync(join(folder, 'file'), '');
  new JsonFile(join(folder, 'file', 'below.json')).set('a', '1');
});
