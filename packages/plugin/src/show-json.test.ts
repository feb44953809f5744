import { expect, test } from 'vitest';
import { showJson } from './show-json.ts';

const nested: unknown = JSON.parse(`${'['.repeat(100_000)}${']'.repeat(100_000)}`);
const cyclic: unknown[] = [];
cyclic.push(cyclic);

test.each([
  ['text', '"text"'],
  [null, 'null'],
  [undefined, 'nothing'],
  [Number.NaN, 'NaN'],
  [[1, { a: true }], '[1,{"a":true}]'],
  ['x'.repeat(1e6), `"${'x'.repeat(99)}…`],
  [nested, 'a value that is not JSON'],
  [cyclic, 'a value that is not JSON'],
  [() => 1, 'a function'],
  [1n, 'a bigint'],
])('%# is shown', (value, shown) => expect(showJson(value)).toBe(shown));
test('the length can be given', () => expect(showJson('abcdef', 4)).toBe('"abc…'));
